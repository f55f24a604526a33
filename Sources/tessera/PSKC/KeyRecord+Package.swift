import Crypto
import Foundation
import ISO7816
import PSKC

extension KeyRecord {
    /// The keys that `tessera pskc import --json` wrote.
    ///
    /// - Throws: ``Failure`` for anything else, and for a key whose secret was left out.
    static func packages(in bytes: [UInt8], named name: String) throws -> [KeyPackage] {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        let hint = "write it with \"tessera pskc import --json\""
        guard let records = try? decoder.decode([KeyRecord].self, from: Data(bytes)) else {
            throw Failure("\"\(name)\" does not list keys in JSON", hint: hint, exit: .usage)
        }
        return try records.enumerated().map { place, record in
            guard let package = record.package(id: "\(place + 1)") else {
                throw Failure("key \(place + 1) in \"\(name)\" has no secret, or a value that it cannot have", hint: hint, exit: .usage)
            }
            return package
        }
    }

    /// The package that was described; `nil` when a value is none, or when the secret was left out.
    private func package(id place: String) -> KeyPackage? {
        var key = PSKCKey(id: id ?? place, algorithm: algorithm.map(PSKCKey.Algorithm.init(rawValue:)))
        if let secret {
            guard let bytes = [UInt8](hexadecimal: secret), !bytes.isEmpty else { return nil }
            key.secret = SymmetricKey(data: bytes)
        } else if secretForm != PSKCKey.SecretForm.absent.rawValue {
            return nil
        }
        (key.issuer, key.suite, key.friendlyName, key.profileID, key.reference) = (issuer, suite, friendlyName, profile, reference)
        (key.counter, key.time, key.timeInterval, key.timeDrift) = (counter, time, timeInterval, timeDrift)
        if user != device?.user { key.userID = user }
        if let response {
            guard let encoding = ValueFormat(rawValue: response.encoding) else { return nil }
            key.responseFormat = ResponseFormat(encoding: encoding, length: response.maximum, hasCheckDigit: response.hasCheckDigit)
        } else {
            key.responseFormat = digits.map { ResponseFormat(length: $0) }
        }
        if let challenge {
            guard let encoding = ValueFormat(rawValue: challenge.encoding) else { return nil }
            key.challengeFormat = ChallengeFormat(
                encoding: encoding, minimum: challenge.minimum, maximum: challenge.maximum, hasCheckDigit: challenge.hasCheckDigit)
        }
        guard unknownRules?.isEmpty ?? true, let policy = keyPolicy() else { return nil }
        key.policy = policy == KeyPolicy() ? nil : policy
        return KeyPackage(device: deviceInfo(), cryptoModuleID: cryptoModule, key: key)
    }

    private func deviceInfo() -> DeviceInfo? {
        guard device != nil || manufacturer != nil || serialNumber != nil else { return nil }
        var info = DeviceInfo()
        (info.manufacturer, info.serialNumber) = (manufacturer, serialNumber)
        (info.model, info.issueNumber, info.binding, info.userID) = (device?.model, device?.issueNumber, device?.binding, device?.user)
        (info.startDate, info.expiryDate) = (device?.startDate, device?.expiryDate)
        return info
    }

    /// The key's rules; dates that are the device's alone stay there.
    private func keyPolicy() -> KeyPolicy? {
        var rules = KeyPolicy()
        rules.startDate = policy?.startDate ?? (device?.startDate == nil ? startDate : nil)
        rules.expiryDate = policy?.expiryDate ?? (device?.expiryDate == nil ? expiryDate : nil)
        rules.numberOfTransactions = policy?.transactions
        for name in usages ?? [] {
            guard let usage = KeyPolicy.Usage(rawValue: name) else { return nil }
            rules.usages.append(usage)
        }
        guard let pin else { return rules }
        var policy = PINPolicy()
        (policy.keyID, policy.maximumFailedAttempts) = (pin.keyID, pin.maximumFailedAttempts)
        (policy.minimumLength, policy.maximumLength) = (pin.minimumLength, pin.maximumLength)
        policy.usageMode = pin.usageMode.flatMap(PINPolicy.UsageMode.init(rawValue:))
        policy.encoding = pin.encoding.flatMap(ValueFormat.init(rawValue:))
        guard (policy.usageMode == nil) == (pin.usageMode == nil), (policy.encoding == nil) == (pin.encoding == nil) else { return nil }
        rules.pin = policy
        return rules
    }
}
