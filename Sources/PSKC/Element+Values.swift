import Foundation

extension Element {
    /// A moment in a child.
    func date(_ name: String) throws(PSKCError) -> Date? {
        guard let text = try string(name) else { return nil }
        guard let date = XMLDate.date(text) else { throw .value(of: name, in: self.name) }
        return date
    }

    /// `ChallengeFormat`; all but the check digit have to be there.
    func challengeFormat() throws(PSKCError) -> ChallengeFormat {
        let (minimum, maximum) = (try required(attribute: "Min"), try required(attribute: "Max"))
        guard minimum <= maximum else { throw .value(of: "Max", in: name) }
        return ChallengeFormat(encoding: try encoding("Encoding"), minimum: minimum, maximum: maximum, hasCheckDigit: try checkDigit())
    }

    /// `ResponseFormat`.
    func responseFormat() throws(PSKCError) -> ResponseFormat {
        ResponseFormat(encoding: try encoding("Encoding"), length: try required(attribute: "Length"), hasCheckDigit: try checkDigit())
    }

    /// `Policy`; what is not understood is named, not refused: the key may be kept, but not used.
    func policy() throws(PSKCError) -> KeyPolicy {
        var policy = KeyPolicy()
        policy.startDate = try date("StartDate")
        policy.expiryDate = try date("ExpiryDate")
        policy.pin = try child("PINPolicy")?.pinPolicy()
        if let count = try string("NumberOfTransactions") {
            guard let count = count.integer(as: UInt64.self) else { throw .value(of: "NumberOfTransactions", in: name) }
            policy.numberOfTransactions = count
        }
        for child in children {
            switch child.isNamed(child.name) ? child.name : "" {
            case "KeyUsage":
                guard let usage = KeyPolicy.Usage(rawValue: child.value) else { throw .value(of: "KeyUsage", in: name) }
                policy.usages.append(usage)
            case "StartDate", "ExpiryDate", "PINPolicy", "NumberOfTransactions": continue
            default: policy.unknownRules.append(child.name)
            }
        }
        return policy
    }

    private func pinPolicy() throws(PSKCError) -> PINPolicy {
        var policy = PINPolicy()
        policy.keyID = try attribute("PINKeyId")
        if let mode = try attribute("PINUsageMode") {
            guard let mode = PINPolicy.UsageMode(rawValue: mode) else { throw .value(of: "PINUsageMode", in: name) }
            policy.usageMode = mode
        }
        policy.maximumFailedAttempts = try number("MaxFailedAttempts")
        policy.minimumLength = try number("MinLength")
        policy.maximumLength = try number("MaxLength")
        if attributes["PINEncoding"] != nil { policy.encoding = try encoding("PINEncoding") }
        return policy
    }

    private func number(_ attribute: String) throws(PSKCError) -> UInt32? {
        guard let text = try self.attribute(attribute) else { return nil }
        guard let number = text.integer(as: UInt32.self) else { throw .value(of: attribute, in: name) }
        return number
    }

    private func required(attribute: String) throws(PSKCError) -> UInt32 {
        guard let number = try number(attribute) else { throw .missing(attribute, in: name) }
        return number
    }

    private func encoding(_ attribute: String) throws(PSKCError) -> ValueFormat {
        guard let text = try self.attribute(attribute) else { throw .missing(attribute, in: name) }
        guard let format = ValueFormat(rawValue: text) else { throw .value(of: attribute, in: name) }
        return format
    }

    private func checkDigit() throws(PSKCError) -> Bool {
        switch try attribute("CheckDigits") {
        case nil, "false", "0": false
        case "true", "1": true
        default: throw .value(of: "CheckDigits", in: name)
        }
    }
}
