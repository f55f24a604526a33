import Foundation
import TestSupport
import Testing

@testable import Emulation

/// kill -9 at every exact place between a VERIFY's arrival and its answer, over vpcd's wire, on a real file.
@Suite(.serialized) struct KilledEmulatorTests {
    struct Case: CustomStringConvertible {
        let isRight: Bool
        let tries: UInt8
        let point: DeathPoint

        var description: String { "\(isRight ? "right" : "wrong") PIN, \(tries) tries left, killed \(point)" }

        /// What the card has left afterwards.
        var expected: UInt8 {
            if tries == 0 { return 0 }
            switch point {
            case .beforeAnswer: return isRight ? 3 : tries - 1
            case .afterCall(let call):
                if call < DeathPoint.rename { return tries }
                return call < DeathPoint.callsOfWrite + DeathPoint.rename ? tries - 1 : 3
            }
        }
    }

    /// A wrong PIN is one write, a right one two; a blocked card writes nothing.
    private static let cases: [Case] = {
        var cases: [Case] = []
        for tries in [3, 1] as [UInt8] {
            for (isRight, calls) in [(false, DeathPoint.callsOfWrite), (true, 2 * DeathPoint.callsOfWrite)] {
                for number in 0...calls { cases.append(Case(isRight: isRight, tries: tries, point: DeathPoint(number: number))) }
            }
        }
        let blocked = [false, true, false, true].map { Case(isRight: $0, tries: 0, point: .beforeAnswer) }
        return cases + blocked
    }()

    @Test func `a wrong PIN has always cost its try, and a right one has never opened a blocked card`() async throws {
        // Whole, each place is met again and again, until there were 200 kills; a blocked card as often as any other.
        let rounds = Proof.isWhole ? (200 + Self.cases.count - 1) / Self.cases.count : 1
        let chosen = (0..<rounds).flatMap { _ in Proof.cases(Self.cases, sample: 12, seed: 4) }
        for one in chosen { try await run(one) }
        #expect(!Proof.isWhole || chosen.count >= 200)
        print(
            "kill -9 between VERIFY and its answer: \(chosen.count) times at \(Set(chosen.map(\.description)).count) exact places, "
                + "\(chosen.count(where: \.isRight)) with the right PIN, \(chosen.count { $0.tries == 0 }) of blocked cards; "
                + "every counter was right")
    }

    private func run(_ one: Case) async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "tessera-killed-\(UUID().uuidString)").path
        defer { for name in [path, path + ".lock", path + ".new"] { try? FileManager.default.removeItem(atPath: name) } }
        let snapshot = try #require(TestCards.unpowered(tries: 3).snapshot)
        let cells = snapshot.cells.merging(["\(PIVCells.pin) tries": .bytes([one.tries, 3])]) { $1 }
        try CardStateFile.create(at: path, snapshot.with(cells)).close()

        let vpcd = try FakeVPCD()
        let conversation = Task {
            try await vpcd.converse { wire in
                _ = try wire.ask([4])
                try wire.tell([1])
                _ = try wire.ask([0x00, 0xA4, 0x04, 0x00, 0x09, 0xA0, 0x00, 0x00, 0x03, 0x08, 0x00, 0x00, 0x10, 0x00, 0x00])
                let pin: [UInt8] = one.isRight ? [0x31, 0x32, 0x33, 0x34, 0x35, 0x36] : [0x39, 0x39, 0x39, 0x39, 0x39, 0x39]
                try wire.tell([0x00, 0x20, 0x00, 0x80, 0x08] + pin + [0xFF, 0xFF])
                return try? wire.answer()
            }
        }
        let port = vpcd.port
        let number = one.point.number
        await #expect(processExitsWith: .signal(SIGKILL), "\(one)") {
            [path = path as String, port = port as UInt16, number = number as Int] in
            try await KilledEmulator.serve(path, port: port, DeathPoint(number: number))
        }
        #expect(try await conversation.value == nil, "\(one): it answered")

        // What is left: the file opens, the counter is right, and a blocked card stays blocked.
        let state = try CardStateFile.open(at: path)
        #expect(try CardStateFile.snapshot(of: path).tries == one.expected, "\(one)")
        state.card.powerOn()
        let status = try state.card.raw("0020008008313233343536FFFF")
        #expect(status == (one.expected == 0 ? "6983" : "9000"), "\(one)")
    }
}
