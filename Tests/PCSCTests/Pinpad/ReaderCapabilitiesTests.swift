import ISO7816
import Testing

@testable import PCSC

/// What readers say that they can do.
struct ReaderCapabilitiesTests {
    /// The list that libccid gives for a reader with keys.
    private static let list = "06 04 42330006  07 04 42330007  0A 04 4233000A  12 04 42330012"

    @Test func `features are a list of tags and control codes, highest byte first`() {
        let features = ReaderFeatures(parsing: bytes(Self.list))
        #expect(
            features.codes == [
                .verifyPINDirect: 0x4233_0006, .modifyPINDirect: 0x4233_0007, .pinProperties: 0x4233_000A, .tlvProperties: 0x4233_0012,
            ])
        #expect(ReaderFeatures(parsing: bytes("06 04 00000001 06 04 00000002")).codes == [.verifyPINDirect: 1])
        #expect(ReaderFeatures(parsing: bytes("F0 04 FFFFFFFF")).codes == [ReaderFeature(rawValue: 0xF0): 0xFFFF_FFFF])
    }

    @Test(
        arguments: [
            "", "06", "06 04", "06 04 423300", "06 04 42330006 07", "06 04 42330006 07 04 42", "06 02 4233", "06 08 4233000642330007",
            "06 00", "90 00", "6D 00", "04 06 06003342",
        ])
    func `a reader that answers nonsense has no features`(_ answer: String) {
        #expect(ReaderFeatures(parsing: bytes(answer)) == .none)
    }

    @Test func `properties are a list of tags and numbers, lowest byte first`() {
        let properties = ReaderProperties(
            parsing: bytes(
                "01 02 1002  02 01 07  03 01 00  06 01 04  07 01 08  08 05 4769667400  09 01 01  0A 04 00000100  0B 02 E608  0C 02 7834"))
        #expect(properties.displayLayout == 0x0210)
        #expect(properties.hasDisplay)
        #expect(properties.entryValidation == 7)
        #expect(properties.secondTimeout == 0)
        #expect(properties.minimumPIN == 4)
        #expect(properties.maximumPIN == 8)
        #expect(properties.firmware == "Gift")
        #expect(properties.pseudoCommands == 1)
        #expect(properties.maximumData == 0x10000)
        #expect(properties.vendorID == 0x08E6)
        #expect(properties.productID == 0x3478)
    }

    @Test func `a property that nobody knows, or of another length, is passed over`() {
        let properties = ReaderProperties(parsing: bytes("F1 03 010203  06 02 0400  04 02 1000  0A 04 FFFF0000  F2 00"))
        var expected = ReaderProperties()
        expected.maximumData = 0xFFFF
        #expect(properties == expected)
    }

    @Test(arguments: ["06", "06 01", "06 01 04 07", "06 01 04 0A 04 000001", "06 FF 04"])
    func `a list that ends in the middle tells nothing`(_ answer: String) {
        #expect(ReaderProperties(parsing: bytes(answer)) == ReaderProperties())
    }

    @Test func `the four bytes of older readers tell of display and keys`() {
        let properties = ReaderProperties(parsingPINProperties: bytes("1002 02 1E"))
        #expect(properties.displayLayout == 0x0210)
        #expect(properties.entryValidation == 2)
        #expect(properties.secondTimeout == 30)
        #expect(ReaderProperties(parsingPINProperties: bytes("1002 02")) == ReaderProperties())
    }

    @Test(
        arguments: [
            (nil, false, true), (nil, true, false), (0, false, false), (255, false, false), (256, false, false), (512, false, false),
            (0xFFFE, false, false), (0xFFFF, false, true), (0x10000, false, true), (0x10000, true, false),
        ] as [(UInt32?, Bool, Bool)])
    func `extended length passes over T=1, unless the reader says otherwise`(_ limit: UInt32?, _ speaksT0: Bool, _ passes: Bool) {
        let property = limit.map { "0A 04" + [UInt8](littleEndian: $0).hexadecimal } ?? ""
        let reader = ScriptedReader(
            [.init(ScriptedReader.features, "", "12 04 42330012"), .init(0x4233_0012, "", property)], speaksT0: speaksT0)
        #expect(ReaderCapabilities(asking: reader).passesExtendedLength == passes)
        #expect(reader.failures.isEmpty)
    }

    @Test func `a reader that refuses is asked once, and nothing is held against it`() {
        let reader = ScriptedReader([.init(ScriptedReader.features, failing: .unsupportedFeature)])
        let capabilities = ReaderCapabilities(asking: reader)
        #expect(capabilities.features == .none)
        #expect(capabilities.passesExtendedLength)
        #expect(ReaderPinpad(port: reader, capabilities: capabilities, patience: .seconds(30)) == nil)
        #expect(reader.failures.isEmpty)
    }

    @Test func `the four bytes are only asked for where there is no list`() {
        let both = ScriptedReader([.init(ScriptedReader.features, "", Self.list), .init(0x4233_0012, "", "01 02 1002")])
        #expect(ReaderCapabilities(asking: both).properties.hasDisplay)
        #expect(both.failures.isEmpty)
        let one = ScriptedReader([.init(ScriptedReader.features, "", "06 04 00000001 0A 04 00000002"), .init(2, "", "1002 02 00")])
        #expect(ReaderCapabilities(asking: one).properties.entryValidation == 2)
        #expect(one.failures.isEmpty)
        let refusing = ScriptedReader([
            .init(ScriptedReader.features, "", Self.list), .init(0x4233_0012, failing: .notTransacted),
            .init(0x4233_000A, "", "0000 02 00"),
        ])
        #expect(ReaderCapabilities(asking: refusing).properties.entryValidation == 2)
        #expect(refusing.failures.isEmpty)
    }

    @Test func `details are what attributes, features and properties say`() throws {
        let reader = ScriptedReader(
            [.init(ScriptedReader.features, "", Self.list), .init(0x4233_0012, "", "07 01 08")],
            attributes: [
                0x0001_0100: Array("Vendor S.A.\0".utf8), 0x0001_0102: [0x10, 0x00, 0x02, 0x01], 0x0001_0103: Array("4711\0".utf8),
                0x0009_0303: [0x3B, 0x00],
            ])
        let details = ReaderDetails(asking: reader)
        #expect(details.vendor == "Vendor S.A.")
        #expect(details.version == [1, 2, 16])
        #expect(details.serialNumber == "4711")
        #expect(details.atr == (try ATR(parsing: [0x3B, 0x00])))
        #expect(details.features == [.verifyPINDirect, .modifyPINDirect, .pinProperties, .tlvProperties])
        #expect(details.hasPinpad)
        #expect(details.properties.maximumPIN == 8)
    }

    @Test func `what a reader does not tell is left out`() {
        let reader = ScriptedReader(
            [.init(ScriptedReader.features, "", "01 04 00000001")],
            attributes: [0x0001_0100: [], 0x0001_0102: [1, 2, 3], 0x0001_0103: [0], 0x0009_0303: [0x00]])
        let details = ReaderDetails(asking: reader)
        #expect(details.vendor == nil && details.version == nil && details.serialNumber == nil && details.atr == nil)
        #expect(!details.hasPinpad)
        #expect(details.properties == ReaderProperties())
    }
}
