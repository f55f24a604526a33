/// One of the functions that a reader may have beside its card; PC/SC part 10, 2.2.
///
/// An open set: drivers add their own.
public struct ReaderFeature: RawRepresentable, Hashable, Sendable {
    /// The tag in the reader's list of features.
    public let rawValue: UInt8

    /// A feature by its tag.
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// `FEATURE_VERIFY_PIN_START`: begins to ask for a PIN, and returns.
    public static let verifyPINStart = ReaderFeature(rawValue: 0x01)
    /// `FEATURE_VERIFY_PIN_FINISH`: what became of it.
    public static let verifyPINFinish = ReaderFeature(rawValue: 0x02)
    /// `FEATURE_MODIFY_PIN_START`: begins to ask for an old and a new PIN, and returns.
    public static let modifyPINStart = ReaderFeature(rawValue: 0x03)
    /// `FEATURE_MODIFY_PIN_FINISH`: what became of it.
    public static let modifyPINFinish = ReaderFeature(rawValue: 0x04)
    /// `FEATURE_VERIFY_PIN_DIRECT`: asks for a PIN, sends it to the card, returns the card's answer.
    public static let verifyPINDirect = ReaderFeature(rawValue: 0x06)
    /// `FEATURE_MODIFY_PIN_DIRECT`: the same with an old and a new PIN.
    public static let modifyPINDirect = ReaderFeature(rawValue: 0x07)
    /// `FEATURE_IFD_PIN_PROPERTIES`: what the keys can do, in four bytes.
    public static let pinProperties = ReaderFeature(rawValue: 0x0A)
    /// `FEATURE_GET_TLV_PROPERTIES`: what the reader can do, as a list.
    public static let tlvProperties = ReaderFeature(rawValue: 0x12)
}

/// The features of a reader, each with the control code that calls it.
struct ReaderFeatures: Equatable {
    /// A reader without any.
    static let none = ReaderFeatures(codes: [:])

    let codes: [ReaderFeature: UInt32]

    private init(codes: [ReaderFeature: UInt32]) { self.codes = codes }

    /// Reads the answer to `CM_IOCTL_GET_FEATURE_REQUEST`: tag, length 4, control code with its highest byte first; 2.2.
    ///
    /// - Returns: ``none`` for anything else: a control code that was guessed could do whatever a vendor thought of. Of a
    ///   tag that comes twice the first counts.
    init(parsing bytes: [UInt8]) {
        var codes: [ReaderFeature: UInt32] = [:]
        var rest = bytes[...]
        while let tag = rest.popFirst() {
            guard rest.popFirst() == 4, rest.count >= 4 else {
                self = .none
                return
            }
            let code = rest.prefix(4).reduce(0 as UInt32) { $0 << 8 | UInt32($1) }
            rest = rest.dropFirst(4)
            let feature = ReaderFeature(rawValue: tag)
            codes[feature] = codes[feature] ?? code
        }
        self.codes = codes
    }
}
