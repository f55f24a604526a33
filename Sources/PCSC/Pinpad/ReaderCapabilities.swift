import CPCSC

/// What a reader can do beside carrying commands, as far as it tells.
struct ReaderCapabilities: Equatable, Sendable {
    /// What is assumed of a reader that does not answer: nothing.
    static let none = ReaderCapabilities(features: .none, properties: ReaderProperties(), speaksT0: true)

    let features: ReaderFeatures
    let properties: ReaderProperties
    private let speaksT0: Bool

    private init(features: ReaderFeatures, properties: ReaderProperties, speaksT0: Bool) {
        self.features = features
        self.properties = properties
        self.speaksT0 = speaksT0
    }

    /// Asks a reader, in two calls at most; no command reaches the card.
    ///
    /// A reader that refuses has no features: most drivers that are not for CCID readers do.
    init(asking reader: any ReaderControl) {
        let list = try? reader.control(UInt32(CPCSC_GET_FEATURE_REQUEST), [])
        features = ReaderFeatures(parsing: list ?? [])
        speaksT0 = reader.speaksT0
        if let code = features.codes[.tlvProperties], let answer = try? reader.control(code, []) {
            properties = ReaderProperties(parsing: answer)
        } else if let code = features.codes[.pinProperties], let answer = try? reader.control(code, []) {
            properties = ReaderProperties(parsingPINProperties: answer)
        } else {
            properties = ReaderProperties()
        }
    }

    /// Whether commands with lengths of two bytes pass; over T=0 there are none.
    var passesExtendedLength: Bool { !speaksT0 && properties.passesExtendedLength }
}
