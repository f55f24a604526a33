public import ISO7816

/// What is known of a card family, as data: drivers and emulated cards read the same facts.
public struct CardProfile: Hashable, Sendable {
    /// What has to happen before anything can be read.
    public enum Access: Hashable, Sendable {
        /// Password Authenticated Connection Establishment with the number printed on the card, or a PIN; ICAO Doc 9303-11, 4.4.
        case pace
    }

    /// What people call the family: "PIV", "IsoApplet".
    public let family: String
    /// The application identifier that SELECT confirms it by.
    public let applicationID: Fact<[UInt8]>
    /// Cards of this family that are known by their ATR; a match only decides what is tried first.
    public let candidates: [ATRCandidate]
    /// The cardholder's PIN; `nil` where every card says it of itself, as PKCS#15 cards do in their AODF.
    public let pin: Fact<PINRules>?
    /// The wrong PINs in a row that block a fresh card; `nil` where the issuer decides and nothing is known.
    public let tries: Fact<Int>?
    /// GET DATA for the tries that are left, where VERIFY without data does not tell; the answer has them in tag `DF21`.
    public let triesQuery: Fact<CommandTemplate>?
    /// The manufacturer that the card's own TokenInfo has to name before the dialect counts; `nil` where the AID says enough.
    public let manufacturer: String?
    /// How a signature is asked for; `nil` where the application's standard says it, or nothing is known.
    public let signing: Fact<SigningDialect>?
    /// Where the files are; `nil` for the usual directory, whose own files say the rest.
    public let structure: Fact<FileStructure>?
    /// What keys are there for, by their labels.
    public let keyLabels: Fact<[KeyLabel]>?
    /// Who issues such cards; the family has other issuers, too.
    public let issuers: [Fact<CardIssuer>]
    /// What the card wants before it can be read; `nil` for nothing.
    public let access: Fact<Access>?

    /// A family.
    public init(
        family: String, applicationID: Fact<[UInt8]>, candidates: [ATRCandidate] = [], pin: Fact<PINRules>? = nil, tries: Fact<Int>? = nil,
        triesQuery: Fact<CommandTemplate>? = nil, manufacturer: String? = nil, signing: Fact<SigningDialect>? = nil,
        structure: Fact<FileStructure>? = nil, keyLabels: Fact<[KeyLabel]>? = nil, issuers: [Fact<CardIssuer>] = [],
        access: Fact<Access>? = nil
    ) {
        self.family = family
        self.applicationID = applicationID
        self.candidates = candidates
        self.pin = pin
        self.tries = tries
        self.triesQuery = triesQuery
        self.manufacturer = manufacturer
        self.signing = signing
        self.structure = structure
        self.keyLabels = keyLabels
        self.issuers = issuers
        self.access = access
    }
}

extension CardProfile {
    /// Every family whose application Tessera knows, in the order in which an unknown card is asked.
    public static let all: [CardProfile] = [
        piv,
        pkcs15, myEID, osEID,
        isoApplet,
        iasClassic, luxembourgEID,
        classicV3,
        openPGP, smartCardHSM,
    ]

    /// Whether a card of this family was seen to answer power-on with `atr`; others may answer with the same.
    public func isSuggested(by atr: ATR) -> Bool { candidates.contains { $0.pattern.value.matches(atr) } }

    /// Whether a card of this family has the historical bytes of `atr`, and may be the same over another protocol or interface.
    private func isAkin(to atr: ATR) -> Bool { candidates.contains { $0.pattern.value.hasHistoricalBytes(of: atr) } }

    /// What to ask a card with this ATR for: one profile for each application identifier, those of matching candidates first, then those
    /// of candidates with its historical bytes.
    public static func probes(for atr: ATR) -> [CardProfile] {
        var probes: [CardProfile] = []
        for profile in all.filter({ $0.isSuggested(by: atr) }) + all.filter({ $0.isAkin(to: atr) }) + all
        where !probes.contains(where: { $0.applicationID.value == profile.applicationID.value }) {
            probes.append(profile)
        }
        return probes
    }

    /// The facts that a driver works with, by what they are about; the ATR is none of them.
    private var facts: [(about: String, confidence: Confidence)] {
        let known: [(String, Confidence?)] = [
            ("application identifier", applicationID.confidence), ("PIN", pin?.confidence), ("tries", tries?.confidence),
            ("question for the tries left", triesQuery?.confidence), ("signing", signing?.confidence), ("files", structure?.confidence),
            ("labels of keys", keyLabels?.confidence), ("access", access?.confidence),
        ]
        return known.compactMap { about, confidence in confidence.map { (about, $0) } }
    }

    /// How well the least certain of the facts is known that a driver works with.
    public var confidence: Confidence { facts.map(\.confidence).min() ?? applicationID.confidence }

    /// What the facts are about that were concluded from sibling products.
    public var inferredFacts: [String] { facts.filter { $0.confidence == .inferred }.map(\.about) }
}
