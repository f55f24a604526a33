import DeviceProtocol
import Emulation
import ScanChallenge
import Secrets
import Verification

/// Hand-held devices of this bank's customers: the factory's record goes to the bank, the device to the customer.
extension Bank {
    /// A new Token, whose seed the bank knows from the factory.
    func enrolToken() async throws -> any Device {
        var random = SystemRandomNumberGenerator()
        let (token, record) = try EmulatedToken.manufacture(serial: DeviceID("TOKEN-1"), now: clock.read, using: &random)
        try await enrol(token, as: .token, with: .seed(record.seed), named: EnrolmentID(using: &random))
        return token
    }

    /// A new Scan, paired.
    func enrolScan() async throws -> any Device {
        var random = SystemRandomNumberGenerator()
        let (name, nonce) = (EnrolmentID(using: &random), ChallengeID(using: &random).bytes)
        let (scan, record) = try EmulatedScan.manufacture(
            serial: DeviceID("SCAN-1"), issuer: issuer.identity, clock: clock.read, using: &random)
        try scan.pair(nonce: nonce, enrolment: name.rawValue)
        let keys = try ScanKeys(record: record, nonce: nonce, enrolment: name.rawValue)
        try await enrol(scan, as: .scan, with: .pairing(record, keys), named: name)
        return scan
    }

    /// A new phone, paired, with a PIN.
    func enrolMobile(pin: String = "123456") async throws -> any Device {
        var random = SystemRandomNumberGenerator()
        let (name, nonce) = (EnrolmentID(using: &random), ChallengeID(using: &random).bytes)
        let (mobile, record) = try EmulatedMobile.manufacture(
            serial: DeviceID("MOBILE-1"), issuer: issuer.identity, now: clock.read, using: &random)
        try mobile.pair(nonce: nonce, enrolment: name.rawValue, pin: PIN(.copying(pin.utf8)), using: &random)
        let keys = try ScanKeys(record: record, nonce: nonce, enrolment: name.rawValue)
        try await enrol(mobile, as: .mobile, with: .pairing(record, keys), named: name)
        return mobile
    }
}
