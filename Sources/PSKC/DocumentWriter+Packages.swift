import Crypto
import Foundation

extension DocumentWriter {
    /// The parameters of PBKDF2.
    mutating func write(_ derivation: PasswordDerivation) throws(PSKCError) {
        try element("xenc11:KeyDerivationMethod", [("Algorithm", PasswordDerivation.uri)]) { writer throws(PSKCError) in
            try writer.element("pkcs5:PBKDF2-params") { writer throws(PSKCError) in
                try writer.element("Salt") { writer throws(PSKCError) in
                    try writer.element("Specified", text: Data(derivation.salt).base64EncodedString())
                }
                try writer.element("IterationCount", text: "\(derivation.rounds)")
                try writer.element("KeyLength", text: derivation.keyByteCount.map { "\($0)" })
                try writer.element("PRF", [("Algorithm", derivation.algorithm.hmacURI)])
            }
        }
    }

    /// The content of an `EncryptedDataType`.
    mutating func write(_ value: SealedValue) throws(PSKCError) {
        try element("xenc:EncryptionMethod", [("Algorithm", value.cipher.uri)])
        try element("xenc:CipherData") { writer throws(PSKCError) in
            try writer.element("xenc:CipherValue", text: Data(value.bytes).base64EncodedString())
        }
    }

    mutating func write(_ package: KeyPackage, seal: ValueSeal?, random: () -> [UInt8]) throws(PSKCError) {
        try element("KeyPackage") { writer throws(PSKCError) in
            if let device = package.device { try writer.write(device) }
            if let id = package.cryptoModuleID {
                try writer.element("CryptoModuleInfo") { writer throws(PSKCError) in try writer.element("Id", text: id) }
            }
            if let key = package.key { try writer.write(key, seal: seal, random: random) }
        }
    }

    private mutating func write(_ device: DeviceInfo) throws(PSKCError) {
        try element("DeviceInfo") { writer throws(PSKCError) in
            try writer.element("Manufacturer", text: device.manufacturer)
            try writer.element("SerialNo", text: device.serialNumber)
            try writer.element("Model", text: device.model)
            try writer.element("IssueNo", text: device.issueNumber)
            try writer.element("DeviceBinding", text: device.binding)
            try writer.element("StartDate", text: device.startDate.map(XMLDate.text))
            try writer.element("ExpiryDate", text: device.expiryDate.map(XMLDate.text))
            try writer.element("UserId", text: device.userID)
        }
    }

    private mutating func write(_ key: PSKCKey, seal: ValueSeal?, random: () -> [UInt8]) throws(PSKCError) {
        try element("Key", [("Id", key.id), ("Algorithm", key.algorithm?.rawValue)]) { writer throws(PSKCError) in
            try writer.element("Issuer", text: key.issuer)
            if key.suite != nil || key.challengeFormat != nil || key.responseFormat != nil { try writer.writeParameters(of: key) }
            try writer.element("KeyProfileId", text: key.profileID)
            try writer.element("KeyReference", text: key.reference)
            try writer.element("FriendlyName", text: key.friendlyName)
            try writer.writeData(of: key, seal: seal, random: random)
            try writer.element("UserId", text: key.userID)
            if let policy = key.policy { try writer.write(policy) }
        }
    }

    private mutating func writeParameters(of key: PSKCKey) throws(PSKCError) {
        try element("AlgorithmParameters") { writer throws(PSKCError) in
            try writer.element("Suite", text: key.suite)
            if let format = key.challengeFormat {
                try writer.element(
                    "ChallengeFormat",
                    [
                        ("Encoding", format.encoding.rawValue), ("Min", "\(format.minimum)"), ("Max", "\(format.maximum)"),
                        ("CheckDigits", format.hasCheckDigit ? "true" : nil),
                    ])
            }
            if let format = key.responseFormat {
                try writer.element(
                    "ResponseFormat",
                    [
                        ("Encoding", format.encoding.rawValue), ("Length", "\(format.length)"),
                        ("CheckDigits", format.hasCheckDigit ? "true" : nil),
                    ])
            }
        }
    }

    private mutating func writeData(of key: PSKCKey, seal: ValueSeal?, random: () -> [UInt8]) throws(PSKCError) {
        let numbers: [(String, String?)] = [
            ("Counter", key.counter.map { "\($0)" }), ("Time", key.time.map { "\($0)" }),
            ("TimeInterval", key.timeInterval.map { "\($0)" }), ("TimeDrift", key.timeDrift.map { "\($0)" }),
        ]
        guard key.secret != nil || numbers.contains(where: { $0.1 != nil }) else { return }
        guard key.counter ?? 0 <= UInt64(Int64.max) else { throw .value(of: "Counter", in: "Data") }
        guard key.timeInterval.map({ (1...UInt32(Int32.max)).contains($0) }) ?? true else { throw .value(of: "TimeInterval", in: "Data") }
        guard key.time.map({ (Int64(Int32.min)...Int64(Int32.max)).contains($0) }) ?? true else { throw .value(of: "Time", in: "Data") }
        try element("Data") { writer throws(PSKCError) in
            if let secret = key.secret {
                guard secret.bitCount > 0 else { throw .value(of: "Secret", in: "Data") }
                try writer.element("Secret") { writer throws(PSKCError) in try writer.write(secret, seal: seal, random: random) }
            }
            for case (let name, let number?) in numbers {
                try writer.element(name) { writer throws(PSKCError) in try writer.element("PlainValue", text: number) }
            }
        }
    }

    private mutating func write(_ secret: SymmetricKey, seal: ValueSeal?, random: () -> [UInt8]) throws(PSKCError) {
        guard let seal else {
            let text = unsafe secret.withUnsafeBytes { unsafe Data($0).base64EncodedString() }
            return try element("PlainValue", text: text)
        }
        let (bytes, mac) = try seal.seal(secret, vector: random())
        let cipher = try ValueCipher(for: seal.key)
        try element("EncryptedValue") { writer throws(PSKCError) in try writer.write(SealedValue(cipher: cipher, bytes: bytes)) }
        try element("ValueMAC", text: Data(mac).base64EncodedString())
    }

    private mutating func write(_ policy: KeyPolicy) throws(PSKCError) {
        guard policy.unknownRules.isEmpty else { throw .unsupported("a policy with rules that nobody here understands") }
        try element("Policy") { writer throws(PSKCError) in
            try writer.element("StartDate", text: policy.startDate.map(XMLDate.text))
            try writer.element("ExpiryDate", text: policy.expiryDate.map(XMLDate.text))
            if let pin = policy.pin {
                try writer.element(
                    "PINPolicy",
                    [
                        ("PINKeyId", pin.keyID), ("PINUsageMode", pin.usageMode?.rawValue),
                        ("MaxFailedAttempts", pin.maximumFailedAttempts.map { "\($0)" }), ("MinLength", pin.minimumLength.map { "\($0)" }),
                        ("MaxLength", pin.maximumLength.map { "\($0)" }), ("PINEncoding", pin.encoding?.rawValue),
                    ])
            }
            for usage in policy.usages { try writer.element("KeyUsage", text: usage.rawValue) }
            try writer.element("NumberOfTransactions", text: policy.numberOfTransactions.map { "\($0)" })
        }
    }
}
