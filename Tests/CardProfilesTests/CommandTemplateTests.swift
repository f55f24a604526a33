import CardProfiles
import ISO7816
import Testing

/// Templates with their holes filled, against the bytes that FACTS and the recordings have.
struct CommandTemplateTests {
    private let digest = (0..<32).map { UInt8($0) }

    @Test func `IAS Classic's three commands are those that its siblings take`() throws {
        let dialect = try #require(CardProfile.iasClassic.signing?.value)
        let values = CommandTemplate.Values(algorithm: 0x42, reference: 0x02, input: digest)
        #expect(try dialect.environment.command(values).encoded().hexadecimal == "002241B606800142840102")
        #expect(try dialect.hash?.command(values).encoded().hexadecimal == "002A90A0229020" + digest.hexadecimal)
        #expect(try dialect.signature.command(values).encoded().hexadecimal == "002A9E9A00")
    }

    @Test func `the sibling way of asking for the tries names the PIN`() throws {
        let query = try #require(CardProfile.iasClassic.triesQuery?.value)
        #expect(try query.command(.init(reference: 0x11)).encoded().hexadecimal == "00CB00FF05A00383011100")
    }

    @Test func `a card with key files, or one directory of keys, is told both identifier and reference`() throws {
        let values = CommandTemplate.Values(algorithm: 0x11, reference: 0x01, fileIdentifier: [0x50, 0x15], input: digest)
        let dialect = try #require(CardProfile.isoApplet.signing?.value)
        #expect(try dialect.environment.command(values).encoded().hexadecimal == "002241B60A80011181025015840101")
        #expect(try dialect.signature.command(values).encoded().hexadecimal == "002A9E9A20" + digest.hexadecimal + "00")
    }

    @Test(arguments: [[], [0x00], [0x00, 0x22, 0x41, 0xB6, 0xFF]] as [[UInt8]])
    func `a header has four bytes whatever it is made of`(_ header: [UInt8]) {
        let command = CommandTemplate(header).command(.init())
        #expect(command.header.count == 4)
        #expect(command.header == Array((header + [0, 0, 0, 0]).prefix(4)))
        #expect(command.data.isEmpty && command.expectedLength == nil)
    }

    @Test func `objects nest, and literal bytes stay`() {
        let template = CommandTemplate([0, 1, 2, 3], [.bytes([0xAA]), .object(0x7F49, [.object(0x80, [.reference, .algorithm])])])
        #expect(template.command(.init(algorithm: 2, reference: 1)).data.hexadecimal == "AA7F490480020102")
    }
}
