public import OATH
import Secrets

/// The key of a device that counts its codes, and where they stand (RFC 4226).
public struct CountedCode: Equatable, Sendable, Codable {
    /// How many codes may have been shown and not used (the look-ahead window s; RFC 4226, 7.2 and 7.4 leave the number to the bank).
    public static let window: UInt64 = 10
    /// The same for the first code of all, and the first after a reset.
    public static let firstWindow: UInt64 = 20
    /// The same for two codes, one after the other.
    public static let resynchronisationWindow: UInt64 = 100

    /// The key that the device holds.
    public let key: KeyMaterial
    /// What evidence of its codes is marked with.
    public let evidenceKey: EvidenceKey
    /// The counter whose code is expected next.
    ///
    /// All before are spent; `nil` when the counter's last value is spent.
    public private(set) var next: UInt64?
    /// Whether a code was accepted since the beginning or the last reset.
    private var isSynchronised: Bool

    /// A device that has not answered yet.
    ///
    /// - Parameter counter: the value that its first code is computed from.
    public init(key: KeyMaterial, counter: UInt64 = 0, evidenceKey: EvidenceKey = EvidenceKey()) {
        self.key = key
        self.evidenceKey = evidenceKey
        next = counter
        isSynchronised = false
    }

    /// The same codes after another enrolment of the same device: what was spent there stays spent.
    func following(_ former: CountedCode) -> CountedCode {
        var following = self
        following.next = former.next.flatMap { spent in next.map { max($0, spent) } }
        return following
    }

    /// The same codes, of a device that somebody may have played with; what is spent stays spent.
    func forgettingDrift() -> CountedCode {
        var fresh = self
        fresh.isSynchronised = false
        return fresh
    }

    /// Where the codes stand after `code` is accepted; `nil` when it is wrong, spent or too far ahead.
    ///
    /// All candidates are computed and compared, each in constant time.
    ///
    /// - Parameter parameters: what the product's codes look like.
    public func accepting(_ code: String, as parameters: CountedCodeParameters) -> CountedCode? {
        accepting([code], within: isSynchronised ? Self.window : Self.firstWindow, as: parameters)
    }

    /// Where the codes stand after two codes that the device showed one after the other; RFC 4226, 7.4.
    ///
    /// Both are spent with it. Whoever calls this counts a failure as one of the device's.
    public func resynchronised(by first: String, _ second: String, as parameters: CountedCodeParameters) -> CountedCode? {
        accepting([first, second], within: Self.resynchronisationWindow, as: parameters)
    }

    private func accepting(_ codes: [String], within window: UInt64, as parameters: CountedCodeParameters) -> CountedCode? {
        guard let next, let hotp = try? HOTP(key: key.key, digits: parameters.digits, algorithm: parameters.algorithm) else { return nil }
        let typed = codes.map { Array($0.utf8) }
        var accepted: CountedCode?
        for ahead in 0..<window {
            var isRight = true
            var last = next
            for (offset, code) in typed.enumerated() {
                let (candidate, overflow) = next.addingReportingOverflow(ahead + UInt64(offset))
                guard !overflow else {
                    isRight = false
                    continue
                }
                isRight = constantTimeEquals(code, hotp.code(counter: candidate).utf8) && isRight
                last = candidate
            }
            // Should two counters have the same codes, the later one counts: the earlier would leave the codes good once more.
            if isRight {
                var following = self
                following.next = last == .max ? nil : last + 1
                following.isSynchronised = true
                accepted = following
            }
        }
        return accepted
    }
}

/// The shape of codes from a counter (RFC 4226).
public struct CountedCodeParameters: Hashable, Sendable {
    /// The number of digits, 6 to 10.
    public let digits: Int
    /// The hash below the HMAC: SHA-1, by RFC 4226.
    public let algorithm: HashAlgorithm

    /// A shape.
    public init(digits: Int, algorithm: HashAlgorithm = .sha1) {
        self.digits = digits
        self.algorithm = algorithm
    }
}

extension Credential {
    /// Forgets how far a device's clock or counter was off; what is spent stays spent.
    mutating func forgetDrift() {
        switch self {
        case .timedCode(let codes): self = .timedCode(codes.forgettingDrift())
        case .countedCode(let codes): self = .countedCode(codes.forgettingDrift())
        case .scanCode, .phone, .certificates: break
        }
    }
}
