import ISO7816
import TestSupport
import Testing

@testable import Emulation

/// The plan in a card's memory: from it alone, and the cells that it names, the card is made again.
@Suite struct FileSystemPlanTests {
    private static let plan = FileSystemPlan(
        style: .iso, masterName: [0xA0, 1, 2, 3, 4],
        files: [
            CardFile(
                [0x2F00], .records(RecordStructure(order: .cyclic, length: 300, capacity: 5)), update: .pin(0x81), shortIdentifier: 30),
            CardFile([0x5015], .directory(name: [0xA0, 9])), CardFile([0x5016], .directory(name: nil)),
            CardFile([0x5015, 0x4401], .transparent, access: .never),
            CardFile([0x5015, 0x4B01], .key(.p384, [.signature, .confidentiality]), access: .pin(1)),
        ],
        keys: [NumberedKey(reference: 0x81, kind: .rsa4096, purposes: .authentication, access: .pin(0x81), update: .never)],
        pins: [.init(reference: 0x81, format: PKCS15Layout.iso.pin.format, pukFormat: PKCS15Layout.osEID.pin.format, pukReference: 0x82)],
        objects: [0x01A0, 0x0101],
        environments: [.init(number: 1, environment: SecurityEnvironment(.signature, algorithm: 4, file: 0x4B01, keyReference: 0x82))])

    @Test func `what was written is read`() {
        #expect(FileSystemPlan(parsing: Self.plan.encoded) == Self.plan)
        for style in FileSystemStyle.Name.allCases {
            #expect(FileSystemPlan(parsing: FileSystemPlan(style: style).encoded) == FileSystemPlan(style: style))
        }
    }

    @Test(arguments: 0..<40) func `damaged bytes make another plan or none, and never trap`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let whole = Self.plan.encoded
        for position in whole.indices {
            var damaged = whole
            damaged[position] ^= UInt8.random(in: 1...255, using: &generator)
            if let other = FileSystemPlan(parsing: damaged) { #expect((FileSystemPlan(parsing: other.encoded) == other)) }
            _ = FileSystemPlan(parsing: Array(whole.prefix(position)))
        }
    }

    @Test(arguments: [RecordStructure.Order.linearFixed, .linearVariable, .cyclic])
    func `records without a byte are none, and no such file is read`(order: RecordStructure.Order) {
        let structure = RecordStructure(order: order, length: 0, capacity: 1)
        #expect([0, 1].allSatisfy { !structure.takes($0) })
        let plan = FileSystemPlan(style: .iso, files: [CardFile([0x2000], .records(structure), update: .always)])
        #expect(FileSystemPlan(parsing: plan.encoded) == nil)
    }

    @Test func `a purpose that nobody knows is none`() throws {
        let plan = FileSystemPlan(
            style: .iso,
            keys: [NumberedKey(reference: 1, kind: .p256, purposes: KeyPurposes(rawValue: 0x08), access: .always, update: .never)])
        #expect(FileSystemPlan(parsing: plan.encoded) == nil)
    }

    @Test func `a memory of something else makes no card`() {
        let applet = FileSystemApplet(CardMemory(), randomness: SeededGenerator(seed: 1))
        #expect(applet?.plan == nil)
    }

    @Test(arguments: ["OsEID", "ISO"]) func `a card made again from its memory knows PIN, keys and files, and no login`(style: String)
        throws
    {
        let card = try style == "OsEID" ? TestFileCards.osEID() : TestFileCards.iso()
        let reference: UInt8 = style == "OsEID" ? 0x01 : 0x81
        let pin = style == "OsEID" ? padded("123456") : Array("123456".utf8) + Array(repeating: 0, count: 6)
        let wrong = style == "OsEID" ? padded("999999") : Array("999999".utf8) + Array(repeating: 0, count: 6)
        #expect(try card.send(0x20, 0x00, reference, pin, expecting: nil).status == .success)
        #expect(try card.send(0x20, 0x00, reference, wrong, expecting: nil).status.triesLeft == 2)
        let certificate = try read(card)
        let again = try card.remade()
        #expect(try again.send(0x20, 0x00, reference, expecting: nil).status.triesLeft == 2)
        #expect(try read(again) == certificate && certificate.count > 400)
        #expect(try again.send(0x20, 0x00, reference, pin, expecting: nil).status == .success)
    }

    private func read(_ card: VirtualCard) throws -> [UInt8] {
        _ = try card.send(0xA4, 0x08, 0x0C, [0x50, 0x15, 0x43, 0x01], expecting: nil)
        let first = try card.send(0xB0, 0x00, 0x00, expecting: 256).data
        return try first + card.send(0xB0, 0x01, 0x00, expecting: 256).data
    }
}
