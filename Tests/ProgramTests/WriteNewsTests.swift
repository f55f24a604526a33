import Emulation
import Foundation
import TestSupport
import Testing

@testable import tessera

/// What the emulator tells of a state file that cannot be written.
@Suite struct WriteNewsTests {
    private static let select = "00:A4:04:00:09:A0:00:00:03:08:00:00:10:00:00"
    private static let wrong = "00:20:00:80:08:39:39:39:39:39:39:FF:FF"

    /// A card's file that its folder keeps from being written.
    private final class Card {
        let folder: Folder
        let file: CardStateFile

        init() throws {
            folder = try Folder()
            let card = try VirtualCard.piv(holder: "Test Holder", keys: .p256, authority: TestAuthority(now: Date()), now: Date())
            file = try CardStateFile.create(at: folder.path("card"), #require(card.snapshot))
        }

        func block() throws {
            try FileManager.default.createDirectory(atPath: folder.path("card.new/x"), withIntermediateDirectories: true)
        }

        func unblock() throws { try FileManager.default.removeItem(atPath: folder.path("card.new")) }

        func tryPIN() {
            file.card.powerOn()
            _ = file.card.process([0x00, 0xA4, 0x04, 0x00, 0x05, 0xA0, 0x00, 0x00, 0x03, 0x08])
            _ = file.card.process([0x00, 0x20, 0x00, 0x80, 0x08] + Array("999999".utf8) + [0xFF, 0xFF])
        }
    }

    @Test func `each change is told once, however often programs try`() throws {
        let card = try Card()
        var news = WriteNews()
        card.tryPIN()
        #expect(news.news(of: card.file.writes).isEmpty)
        try card.block()
        card.tryPIN()
        let failure = try #require(card.file.writes.lastFailure)
        #expect(news.news(of: card.file.writes) == [.failed(failure)])
        card.tryPIN()
        #expect(news.news(of: card.file.writes).isEmpty)
        try card.unblock()
        card.tryPIN()
        #expect(news.news(of: card.file.writes) == [.recovered])
        #expect(news.news(of: card.file.writes).isEmpty)
        // What came and went between two looks is told as well.
        try card.block()
        card.tryPIN()
        try card.unblock()
        card.tryPIN()
        #expect(news.news(of: card.file.writes) == [.failed(failure), .recovered])
    }

    @Test(arguments: [false, true]) func `a file that may not grow is told, and the card goes on when it may`(isJSON: Bool) async throws {
        let service = try await PrivatePCSCD.shared
        try await service.withSlot { slot in
            let folder = try Folder()
            let environment = ["PCSCLITE_CSOCK_NAME": service.socket]
            let program = try RunningProgram(
                ["emulate", "smartcard", "--keys", "p256", "--vpcd", "127.0.0.1:\(slot.port)", "--state", folder.path("card")]
                    + (isJSON ? ["--json"] : []), environment: environment)
            #expect(await program.says(isJSON ? #""event":"inserted""# : "Ctrl-C takes it out"))
            func answer(_ status: String) async throws -> Bool {
                try await eventually {
                    let arguments = ["--reader", slot.reader, "--send-apdu", Self.select, "--send-apdu", Self.wrong]
                    let outcome = try await ChildProgram.run("opensc-tool", arguments, environment: environment)
                    return outcome.text.components(separatedBy: "Received ").last?.hasPrefix("(\(status))") == true
                }
            }
            try await limitFiles(of: program.identifier, to: "4096")
            #expect(try await answer("SW1=0x65, SW2=0x81"))
            let place = folder.url.resolvingSymlinksInPath().appending(path: "card").path
            let reason = "the card's memory could not be written: write "
            if isJSON {
                #expect(await program.says(#""event":"unwritten""#))
                #expect(program.output.contains(#""card":1,"event":"unwritten","hint":"check the folder"#), "\(program.output)")
                #expect(program.output.contains(#""state":"\#(place)""#) && program.output.contains(reason))
            } else {
                #expect(await program.says("\(reason)\"\(place)\": File too large; programs get 6581: check the folder"))
            }
            try await limitFiles(of: program.identifier, to: "unlimited")
            #expect(try await answer("SW1=0x63, SW2=0xC4"))
            #expect(await program.says(isJSON ? #""event":"written""# : "the card's memory is written again"))
            program.send(SIGINT)
            #expect(try await program.end().status == 0)
            #expect(try CardStateFile.open(at: folder.path("card")).card.retryCounters.first?.triesLeft == 4)
        }
    }

    /// Lets no file of a process grow beyond so many bytes: what a full disk is to it.
    private func limitFiles(of process: Int32, to bytes: String) async throws {
        let outcome = try await ChildProgram.run("prlimit", ["--pid", "\(process)", "--fsize=\(bytes):unlimited"])
        try #require(outcome.status == 0, "\(outcome.complaints)")
    }
}
