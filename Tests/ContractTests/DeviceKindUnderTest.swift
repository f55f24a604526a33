import DeviceProtocol
import Devices
import Emulation
import Foundation
import ISO7816
import PCSC
import ScanChallenge
import Secrets
import TestSupport
import Testing
import Verification

/// Every kind of device, and every way to it, that the contract holds for.
enum DeviceKindUnderTest: String, CaseIterable, CustomTestStringConvertible {
    case token, scan, mobile, smartcardRSA, smartcardEC, stick
    /// The card sits in a virtual reader of a real pcscd.
    case smartcardThroughPCSCD

    var testDescription: String { rawValue }

    /// Those that ask their person, and whose answer depends on what was asked: all but the Token.
    static let asking = allCases.filter { $0 != .token }

    /// The PIN that a device was given, where it has one.
    static let pin = "123456"

    /// Lends one that is enrolled at `bank`.
    func with(_ bank: Bank, _ body: (any Device) async throws -> Void) async throws {
        switch self {
        case .token: try await body(enrolToken(at: bank))
        case .scan: try await body(enrolScan(at: bank))
        case .mobile: try await body(enrolMobile(at: bank))
        case .smartcardRSA: try await body(enrolCard(at: bank, as: .smartcard, in: "Virtual Reader 00", keys: .rsa2048))
        case .smartcardEC: try await body(enrolCard(at: bank, as: .smartcard, in: "Virtual Reader 00", keys: .p256))
        case .stick: try await body(enrolCard(at: bank, as: .stick, in: "Gemalto USB Shell Token V2 00", keys: .p384))
        case .smartcardThroughPCSCD: try await withCardInPCSCD(at: bank, body)
        }
    }

    private func enrolToken(at bank: Bank) async throws -> any Device {
        var random = SystemRandomNumberGenerator()
        let (token, record) = try EmulatedToken.manufacture(serial: DeviceID("TOKEN-1"), now: bank.clock.read, using: &random)
        try await bank.enrol(token, as: .token, with: .seed(record.seed), named: EnrolmentID(using: &random))
        return token
    }

    private func enrolScan(at bank: Bank) async throws -> any Device {
        var random = SystemRandomNumberGenerator()
        let (name, nonce) = (EnrolmentID(using: &random), ChallengeID(using: &random).bytes)
        let (scan, record) = try EmulatedScan.manufacture(
            serial: DeviceID("SCAN-1"), issuer: bank.issuer.identity, clock: bank.clock.read, using: &random)
        try scan.pair(nonce: nonce, enrolment: name.rawValue)
        let keys = try ScanKeys(record: record, nonce: nonce, enrolment: name.rawValue)
        try await bank.enrol(scan, as: .scan, with: .pairing(record, keys), named: name)
        return scan
    }

    private func enrolMobile(at bank: Bank) async throws -> any Device {
        var random = SystemRandomNumberGenerator()
        let (name, nonce) = (EnrolmentID(using: &random), ChallengeID(using: &random).bytes)
        let (mobile, record) = try EmulatedMobile.manufacture(
            serial: DeviceID("MOBILE-1"), issuer: bank.issuer.identity, now: bank.clock.read, using: &random)
        try mobile.pair(nonce: nonce, enrolment: name.rawValue, pin: PIN(.copying(Self.pin.utf8)), using: &random)
        let keys = try ScanKeys(record: record, nonce: nonce, enrolment: name.rawValue)
        try await bank.enrol(mobile, as: .mobile, with: .pairing(record, keys), named: name)
        return mobile
    }

    private func enrolCard(
        at bank: Bank, as product: ProductProfile.ID, in reader: String, keys: CardKeyKind
    ) async throws -> any Device {
        let readers = VirtualReaders()
        try readers.attach(reader)
        try readers.insert(card(of: bank, keys: keys), in: reader)
        let device = try await CardDevice.opening(reader: reader, of: readers, isEmulated: true)
        try await bank.enrol(card: device, as: product)
        return device
    }

    private func withCardInPCSCD(at bank: Bank, _ body: (any Device) async throws -> Void) async throws {
        let service = try await PrivatePCSCD.shared
        try await service.withSlot { slot in
            let card = try card(of: bank, keys: .rsa2048)
            let place = try await VPCDSlot.inserting(card, host: "127.0.0.1", port: slot.port)
            do {
                try #require(await service.shows(cardWith: card.atr, in: slot))
                let device = try await CardDevice.opening(reader: slot.reader, of: PCSCReaders.patient, isEmulated: true)
                try await bank.enrol(card: device, as: .smartcard)
                try await body(device)
            } catch {
                await place.remove()
                throw error
            }
            await place.remove()
        }
    }

    private func card(of bank: Bank, keys: CardKeyKind) throws -> VirtualCard {
        try VirtualCard.piv(holder: "Test Holder", keys: keys, pin: Self.pin, authority: bank.authority, now: bank.clock.now)
    }
}
