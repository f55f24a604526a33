import Crypto
import Foundation
import ISO7816
import OATH
import PSKC

/// A key package as the program prints it.
struct KeyRecord: Encodable {
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

    struct PIN: Encodable {
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
    }

    /// The last word of the algorithm's URI.
    var algorithmName: String { algorithm.map { $0.split(separator: ":").last.map(String.init) ?? $0 } ?? "-" }

    /// The day on which the key ends.
    var expiry: String { expiryDate.map { String($0.formatted(.iso8601).prefix(10)) } ?? "-" }
}

extension KeyURI {
    /// The URI of a key; `nil` for one that a URI cannot describe.
    init?(_ package: KeyPackage) throws {
        guard let key = package.key, let secret = key.secret else { return nil }
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
