/// An application that Tessera does not drive, but knows by its identifier: a probe of an unknown card can name it.
public struct ForeignApplication: Hashable, Sendable {
    /// What people call it.
    public let name: String
    /// What SELECT asks for.
    public let applicationID: Fact<[UInt8]>

    /// An application.
    public init(_ name: String, _ applicationID: [UInt8], _ confidence: Confidence, source: String) {
        self.name = name
        self.applicationID = Fact(applicationID, confidence, source: source)
    }

    /// Those that cards in people's pockets have.
    public static let all: [ForeignApplication] = [
        ForeignApplication(
            "payment card", Array("1PAY.SYS.DDF01".utf8), .stated, source: "EMV 4.3, book 1, 12.2.2, payment system environment"),
        ForeignApplication(
            "contactless payment card", Array("2PAY.SYS.DDF01".utf8), .stated, source: "EMV contactless, book B, 3.3.1"),
        ForeignApplication(
            "travel document", [0xA0, 0x00, 0x00, 0x02, 0x47, 0x10, 0x01], .stated, source: "ICAO Doc 9303, part 10, 3.4"),
        ForeignApplication(
            "German eID", [0xE8, 0x07, 0x04, 0x00, 0x7F, 0x00, 0x07, 0x03, 0x02], .stated, source: "BSI TR-03110, part 2, 2.2.2"),
        ForeignApplication(
            "FIDO authenticator", [0xA0, 0x00, 0x00, 0x06, 0x47, 0x2F, 0x00, 0x01], .stated, source: "FIDO CTAP 2.1, 11.3.3"),
    ]
}
