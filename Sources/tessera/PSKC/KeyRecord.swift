import Crypto
import Foundation
import ISO7816
import OATH
import PSKC

/// A key package as the program prints it.
struct KeyRecord: Codable {
    let id: String?
    let algorithm: String?
    let suite: String?
    let issuer: String?
    let user: String?
    let friendlyName: String?
    let manufacturer: String?
    let serialNumber: String?
    let digits: UInt32?
    let counter: UInt64?
    let timeInterval: UInt32?
    let timeDrift: Int32?
    let secretForm: String
    /// Hexadecimal digits; only when the key was imported.
    let secret: String?
    let startDate: Date?
    let expiryDate: Date?
    let usages: [String]?
    let pin: PIN?
    let unknownRules: [String]?

    /// What else is said of the device.
    let device: Device?
    /// What else the key's own rules say.
    let policy: Policy?
    let challenge: Format?
    let response: Format?
    let profile: String?
    let reference: String?
    let cryptoModule: String?
    /// TOTP's step from which the device counts.
    let time: Int64?

    struct Device: Codable {
        let model: String?
        let issueNumber: String?
        let binding: String?
        let user: String?
        let startDate: Date?
        let expiryDate: Date?
    }

    struct Policy: Codable {
        let startDate: Date?
        let expiryDate: Date?
        let transactions: UInt64?
    }

    /// Of a challenge or a response; the latter has one length.
    struct Format: Codable {
        let encoding: String
        let minimum: UInt32
        let maximum: UInt32
        let hasCheckDigit: Bool
    }

    struct PIN: Codable {
        let keyID: String?
        let usageMode: String?
        let maximumFailedAttempts: UInt32?
        let minimumLength: UInt32?
        let maximumLength: UInt32?
        let encoding: String?
    }

    init(_ package: KeyPackage) {
        let key = package.key
        let policy = key?.policy
        id = key?.id
        algorithm = key?.algorithm?.rawValue
        suite = key?.suite
        issuer = key?.issuer
        user = key?.userID ?? package.device?.userID
        friendlyName = key?.friendlyName
        manufacturer = package.device?.manufacturer
        serialNumber = package.device?.serialNumber
        digits = key?.responseFormat?.length
        counter = key?.counter
        timeInterval = key?.timeInterval
        timeDrift = key?.timeDrift
        secretForm = (key?.secretForm ?? .absent).rawValue
        secret = key?.secret.map { key in unsafe key.withUnsafeBytes { unsafe $0.hexadecimal } }
        startDate = policy?.startDate ?? package.device?.startDate
        expiryDate = policy?.expiryDate ?? package.device?.expiryDate
        usages = policy.flatMap { $0.usages.isEmpty ? nil : $0.usages.map(\.rawValue) }
        pin = policy?.pin.map {
            PIN(
                keyID: $0.keyID, usageMode: $0.usageMode?.rawValue, maximumFailedAttempts: $0.maximumFailedAttempts,
                minimumLength: $0.minimumLength, maximumLength: $0.maximumLength, encoding: $0.encoding?.rawValue)
        }
        unknownRules = policy.flatMap { $0.unknownRules.isEmpty ? nil : $0.unknownRules }
        device = package.device.map {
            Device(
                model: $0.model, issueNumber: $0.issueNumber, binding: $0.binding, user: $0.userID, startDate: $0.startDate,
                expiryDate: $0.expiryDate)
        }
        self.policy = policy.map {
            Policy(startDate: $0.startDate, expiryDate: $0.expiryDate, transactions: $0.numberOfTransactions)
        }
        challenge = key?.challengeFormat.map {
            Format(encoding: $0.encoding.rawValue, minimum: $0.minimum, maximum: $0.maximum, hasCheckDigit: $0.hasCheckDigit)
        }
        response = key?.responseFormat.map {
            Format(encoding: $0.encoding.rawValue, minimum: $0.length, maximum: $0.length, hasCheckDigit: $0.hasCheckDigit)
        }
        profile = key?.profileID
        reference = key?.reference
        cryptoModule = package.cryptoModuleID
        time = key?.time
    }

    /// The last word of the algorithm's URI.
    var algorithmName: String { algorithm.map { $0.split(separator: ":").last.map(String.init) ?? $0 } ?? "-" }

    /// The day on which the key ends.
    var expiry: String { expiryDate.map { String($0.formatted(.iso8601).prefix(10)) } ?? "-" }
}

extension KeyURI {
    /// The URI of a key; `nil` for one that a URI cannot describe.
    init?(_ package: KeyPackage) throws {
        guard let key = package.key, let secret = key.secret, [nil, .decimal].contains(key.responseFormat?.encoding) else { return nil }
        let account = key.friendlyName ?? key.userID ?? key.id
        if let hotp = try key.hotp() {
            try self.init(
                key: secret, account: account, issuer: key.issuer, algorithm: hotp.algorithm, digits: hotp.digits,
                factor: .counter(key.counter ?? 0))
        } else if let totp = try key.totp(), key.timeDrift ?? 0 == 0, key.time ?? 0 == 0 {
            try self.init(
                key: secret, account: account, issuer: key.issuer, algorithm: totp.algorithm, digits: totp.digits,
                factor: .period(Int(key.timeInterval ?? 30)))
        } else {
            return nil
        }
    }

    /// The package that a container takes for this key.
    func package(id: String) -> KeyPackage {
        var package = PSKCKey(id: id, secret: key)
        package.issuer = issuer
        package.friendlyName = account
        package.responseFormat = ResponseFormat(length: UInt32(clamping: digits))
        if algorithm != .sha1 { package.suite = "HMAC-\(algorithm.rawValue)" }
        switch factor {
        case .counter(let counter):
            package.algorithm = .hotp
            package.counter = counter
        case .period(let seconds):
            package.algorithm = .totp
            package.timeInterval = UInt32(clamping: seconds)
        }
        return KeyPackage(key: package)
    }
}
