import Foundation
import ISO7816
import Secrets
import TestSupport
import Testing

@testable import Emulation

/// Cards in files of this machine.
@Suite struct CardStateFileTests {
    private final class Folder {
        let url = FileManager.default.temporaryDirectory.appending(path: "tessera-state-\(UUID().uuidString)")
        init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }
        deinit { try? FileManager.default.removeItem(at: url) }
        func path(_ name: String = "card.json") -> String { url.appending(path: name).path }
        var names: [String] { get throws { try FileManager.default.contentsOfDirectory(atPath: url.path).sorted() } }
    }

    private func snapshot() throws -> CardSnapshot { try #require(TestCards.unpowered().snapshot) }

    private func passphrase(_ text: String) throws -> CardPassphrase { CardPassphrase(try .copying(text.utf8)) }

    private static let select = "00A4040009A00000030800001000"
    private static let right = "0020008008313233343536FFFF"
    private static let wrong = "0020008008393939393939FFFF"

    @Test func `a card in a file is the same card after the emulator was gone`() throws {
        let folder = try Folder()
        let begun = try CardStateFile.create(at: folder.path(), snapshot().issued(by: [1, 2, 3]).noted(["b": "2", "a": "\"é\""]))
        #expect(begun.isTestCard)
        begun.card.powerOn()
        let certificate = try begun.card.raw("00CB3FFF055C035FC10500")
        #expect(try begun.card.raw(Self.wrong) == "63C2")
        begun.close()

        let again = try CardStateFile.open(at: folder.path())
        #expect(again.card.model == .piv)
        #expect(again.card.issuer == [1, 2, 3])
        #expect(again.card.notes == ["a": "\"é\"", "b": "2"])
        again.card.powerOn()
        #expect(try again.card.raw("00CB3FFF055C035FC10500") == certificate)
        #expect(try again.card.raw("0020008000") == "63C2")
        #expect(try again.card.raw(Self.right) == "9000")
        again.close()
        let third = try CardStateFile.open(at: folder.path())
        third.card.powerOn()
        #expect(try third.card.raw("0020008000") == "63C3")
        #expect(try folder.names == ["card.json", "card.json.lock"])
    }

    @Test func `file and lock are their owner's alone`() throws {
        let folder = try Folder()
        let state = try CardStateFile.create(at: folder.path(), snapshot())
        state.card.powerOn()
        _ = try state.card.raw(Self.wrong)
        #expect(try folder.names == ["card.json", "card.json.lock"])
        for name in ["card.json", "card.json.lock"] {
            let mode = try FileManager.default.attributesOfItem(atPath: folder.path(name))[.posixPermissions] as? Int
            #expect(mode == 0o600, "\(name)")
        }
    }

    @Test func `one file has one emulator, by whatever name it goes`() throws {
        let folder = try Folder()
        let state = try CardStateFile.create(at: folder.path(), snapshot())
        try FileManager.default.createSymbolicLink(atPath: folder.path("link"), withDestinationPath: folder.path())
        for name in [folder.path(), folder.path("link"), folder.path("./card.json")] {
            #expect(throws: CardStateError.locked(state.path)) { try CardStateFile.open(at: name) }
        }
        // Reading needs no lock: a copy can be made while the card is in use.
        #expect(try CardStateFile.snapshot(of: folder.path()).tries == 3)
        state.close()
        let through = try CardStateFile.open(at: folder.path("link"))
        through.card.powerOn()
        _ = try through.card.raw(Self.wrong)
        // The link stays a link, and the file behind it changed.
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: folder.path("link")) == folder.path())
        #expect(try CardStateFile.snapshot(of: folder.path()).tries == 2)
    }

    @Test func `a file with a second name is opened by neither, since its lock guards one`() throws {
        let folder = try Folder()
        let state = try CardStateFile.create(at: folder.path(), snapshot())
        try FileManager.default.linkItem(atPath: folder.path(), toPath: folder.path("hard"))
        #expect(throws: CardStateError.linked(folder.path("hard"))) { try CardStateFile.open(at: folder.path("hard")) }
        state.close()
        #expect(throws: CardStateError.linked(state.path)) { try CardStateFile.open(at: folder.path()) }
        #expect(try CardStateFile.snapshot(of: folder.path("hard")).tries == 3)
        try FileManager.default.removeItem(atPath: folder.path("hard"))
        #expect(try CardStateFile.open(at: folder.path()).isTestCard)
    }

    @Test func `a lock that is a symbolic link is not followed, and where it leads nothing changes`() throws {
        let folder = try Folder()
        try CardStateFile.create(at: folder.path(), snapshot()).close()
        let (link, target) = (folder.path("card.json.lock"), folder.path("other.lock"))
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: target)
        let refusal = CardStateError.system("open", link, String(cString: strerror(ELOOP)))
        #expect(throws: refusal) { try CardStateFile.open(at: folder.path()) }
        #expect(try folder.names == ["card.json", "card.json.lock"], "nothing is made where it leads")
        try Data("another's".utf8).write(to: URL(filePath: target))
        #expect(throws: refusal) { try CardStateFile.open(at: folder.path()) }
        try FileManager.default.removeItem(atPath: folder.path())
        #expect(throws: refusal) { try CardStateFile.create(at: folder.path(), snapshot()) }
        #expect(try Data(contentsOf: URL(filePath: target)) == Data("another's".utf8))
        #expect(try folder.names == ["card.json.lock", "other.lock"])
    }

    @Test func `an emulator that is gone without a word leaves no lock`() throws {
        let folder = try Folder()
        var state: CardStateFile? = try CardStateFile.create(at: folder.path(), snapshot())
        #expect(state?.path != nil)
        state = nil
        #expect(try CardStateFile.open(at: folder.path()).isTestCard)
    }

    @Test func `nothing is written over, and nothing is made by opening`() throws {
        let folder = try Folder()
        #expect(throws: CardStateError.missing(folder.path("no"))) { try CardStateFile.open(at: folder.path("no")) }
        #expect(try folder.names.isEmpty)
        try Data("a letter".utf8).write(to: URL(filePath: folder.path("letter")))
        #expect(throws: CardStateError.exists(folder.path("letter"))) { try CardStateFile.create(at: folder.path("letter"), snapshot()) }
        #expect(throws: CardStateError.foreign(folder.path("letter"))) { try CardStateFile.open(at: folder.path("letter")) }
        #expect(try String(contentsOfFile: folder.path("letter"), encoding: .utf8) == "a letter")
        #expect(throws: CardStateError.self) { try CardStateFile.create(at: folder.path("none/card"), snapshot()) }
    }

    @Test func `a sealed card opens with its passphrase alone, and stays sealed`() throws {
        let folder = try Folder()
        let state = try CardStateFile.create(at: folder.path(), snapshot(), passphrase: passphrase("correct horse"))
        #expect(!state.isTestCard)
        state.card.powerOn()
        #expect(try state.card.raw(Self.wrong) == "63C2")
        state.close()
        #expect(throws: CardStateError.passphraseNeeded(state.path)) { try CardStateFile.open(at: folder.path()) }
        let wrong = try passphrase("wrong horse")
        #expect(throws: CardStateError.wrongPassphrase(state.path)) { try CardStateFile.open(at: folder.path(), passphrase: wrong) }
        let again = try CardStateFile.open(at: folder.path(), passphrase: passphrase("correct horse"))
        again.card.powerOn()
        #expect(try again.card.raw(Self.right) == "9000")
        let text = try String(contentsOfFile: folder.path(), encoding: .utf8)
        #expect(!text.contains(Data(Array("123456".utf8) + [0xFF, 0xFF]).base64EncodedString()))
    }

    @Test func `whoever emulates the card learns why its file is not written, and that it is again`() throws {
        let folder = try Folder()
        let state = try CardStateFile.create(at: folder.path(), snapshot())
        state.card.powerOn()
        #expect(try state.card.raw(Self.wrong) == "63C2")
        #expect(state.writes == CardStateWrites())
        // Nothing can be put where the draft is written.
        let obstacle = folder.path("card.json.new/x")
        try FileManager.default.createDirectory(atPath: obstacle, withIntermediateDirectories: true)
        for pin in [Self.wrong, Self.right] { #expect(try state.card.raw(pin) == "6581") }
        #expect(state.writes.failures == 2 && state.writes.isFailing)
        #expect(state.writes.lastFailure?.description.contains("unlink \"\(state.path)\"") == true)
        #expect(state.writes.lastFailure?.hint.contains("goes on by itself") == true)
        try FileManager.default.removeItem(atPath: folder.path("card.json.new"))
        #expect(try state.card.raw(Self.wrong) == "63C1")
        #expect(state.writes.failures == 2 && !state.writes.isFailing)
        state.close()
        #expect(try state.card.raw(Self.wrong) == "6581")
        #expect(state.writes.failures == 2, "closed on purpose")
    }

    @Test func `a card whose file cannot be written answers 6581 and compares nothing`() throws {
        let folder = try Folder()
        let state = try CardStateFile.create(at: folder.path(), snapshot())
        state.card.powerOn()
        state.close()
        #expect(try state.card.raw(Self.wrong) == "6581")
        #expect(try state.card.raw(Self.right) == "6581")
        #expect(try state.card.raw("0020008000") == "63C3")
    }

    // MARK: Copies

    @Test func `a card that nobody noted anything of has no notes, and one with notes goes on as before`() throws {
        let card = try TestCards.powered()
        #expect(card.notes == nil)
        let noted = try VirtualCard(#require(card.snapshot).noted([:]).noted(["made": "today"]))
        noted.powerOn()
        #expect(noted.notes == ["made": "today"])
        #expect(try noted.raw(Self.right) == "9000")
    }

    @Test func `a copy is a card of its own`() throws {
        let card = try TestCards.powered()
        #expect(try card.raw(Self.wrong) == "63C2")
        let twin = try VirtualCard(#require(card.snapshot))
        twin.powerOn()
        #expect(try twin.raw(Self.wrong) == "63C1")
        #expect(try card.raw("0020008000") == "63C2")
        #expect(twin.atr == card.atr)
    }

    @Test func `a card is put back to what it was, in its file too, and nobody is logged in`() throws {
        let folder = try Folder()
        let state = try CardStateFile.create(at: folder.path(), snapshot())
        let before = try #require(state.card.snapshot)
        state.card.powerOn()
        for _ in 0..<3 { _ = try state.card.raw(Self.wrong) }
        #expect(try state.card.raw(Self.right) == "6983")
        try state.card.restore(before)
        #expect(try state.card.raw("0020008000") == "63C3")
        #expect(try state.card.raw(Self.right) == "9000")
        try state.card.restore(before)
        #expect(try state.card.raw("0020008000") == "63C3")
        #expect(try CardStateFile.snapshot(of: folder.path()).tries == 3)
        let other = try #require(TestCards.unpowered(.p256).snapshot).with([:])
        #expect(throws: CardStateError.self) { try state.card.restore(other) }
        #expect(try state.card.raw("0020008000") == "63C3")
    }

    @Test func `a card of somebody's own applications has no copy`() throws {
        #expect(VirtualCard(atr: try ATR(parsing: [0x3B, 0x00]), applets: []).snapshot == nil)
    }

    @Test func `every error says what to do next`() {
        let errors: [CardStateError] = [
            .missing("f"), .exists("f"), .foreign("f"), .damaged("f", "r"), .newer("f", version: 9), .locked("f"), .linked("f"),
            .passphraseNeeded("f"),
            .wrongPassphrase("f"), .notSealed("f"), .unusable("r"), .otherCard, .notKept(.notKept("r")), .notKept(.unsettled("r")),
            .system("c", "f", "r"),
            .notSealable("r"),
        ]
        #expect(Set(errors.map(\.description)).count == errors.count)
        for error in errors { #expect(!error.hint.isEmpty && error.hint.last != ".") }
    }
}
