import Crypto
import DeviceProtocol
import Foundation
import Glibc
import SQLiteStore
import TestSupport
import Testing
import Verification

/// kill -9 at random moments under load: what was acknowledged is a fact.
@Suite(.serialized) struct KilledStoreTests {
    @Test func `no accepted code is accepted again, no counter goes back, nothing acknowledged is lost`() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path("store")
        let kills = Proof.isWhole ? 200 : 8
        var generator = SeededGenerator(seed: 6)
        var (rounds, accepted, refused) = (0, 0, 0)
        // A busy machine may acknowledge nothing for so long: then it has more time.
        for round in 0..<kills + 20 where round < kills || accepted == 0 || refused == 0 {
            rounds += 1
            let log = folder.path("acknowledged-\(round)")
            let delay = Int.random(in: round < kills ? 5_000...400_000 : 1_000_000...3_000_000, using: &generator)
            await #expect(processExitsWith: .signal(SIGKILL), "round \(round)") {
                [path = path as String, log = log as String, round = round as Int, delay = delay as Int] in
                try await KilledStore.load(path, log: log, round: round, microseconds: delay)
            }
            let said = try KilledStore.acknowledged(in: log)
            try await check(said, in: path, round: round)
            accepted += said.count { $0.isAccepted }
            refused += said.count { !$0.isAccepted }
        }
        #expect(accepted > 0 && refused > 0)
        print("kill -9 under load: \(rounds) times, \(accepted) accepted and \(refused) refused answers were acknowledged; all are there")
    }

    private func check(_ said: [KilledStore.Acknowledgement], in path: String, round: Int) async throws {
        let bank = try TestBank(store: SQLiteStore(at: path, mark: .test), seed: UInt64(round) + 1_000)
        let audit = AuditLog(store: bank.store)
        #expect(try await audit.check(keys: []).isIntact, "round \(round)")
        let rows = try await AuditedEvents.all(in: audit)
        let audited = Dictionary(grouping: rows.filter { $0.operation != nil && $0.kind != .blocked }) { $0.operation ?? [] }
        for one in said {
            let id = try ChallengeID(SentAtOnce.bytes(of: one.operation))
            let outcome = try await bank.operations.operation(id).outcome?.name
            #expect(outcome == (one.isAccepted ? "succeeded" : "refused"), "round \(round): \(one)")
            #expect(audited[id.bytes]?.map(\.kind) == [one.isAccepted ? .accepted : .refused], "round \(round): \(one)")
        }
        for (device, all) in Dictionary(grouping: said, by: \.device) {
            let name = try DeviceID(device)
            let enrolment = try await bank.enrolment(of: name)
            // Counted since the last right answer, which came first.
            let wrong = all.count { !$0.isAccepted }
            #expect(enrolment.failures >= wrong, "round \(round): \(device)")
            #expect(enrolment.state == (enrolment.failures >= 5 ? .blocked : .active), "round \(round): \(device)")
        }
        for one in said.filter(\.isAccepted).suffix(5) {
            let token = KilledStore.token(one.device)
            try await bank.enrolments.resume(token.id)
            let again = try await bank.begin(.login(), with: token.id)
            #expect(
                try await bank.operations.submit(.code(token.code(at: bank.clock.now)), to: again.id) == .refused,
                "round \(round): a code was accepted again")
        }
    }
}

/// The bank that is killed.
enum KilledStore {
    struct Acknowledgement {
        let isAccepted: Bool
        let operation: String
        let device: String
    }

    static func token(_ name: String) -> TestToken {
        TestToken(id: DeviceID(rawValue: name) ?? TestToken.none, seed: Array(SHA256.hash(data: Data(name.utf8)).prefix(20)))
    }

    /// Enrols Tokens, has right and wrong codes checked, and writes down each answer when it has come, until it is killed.
    static func load(_ path: String, log: String, round: Int, microseconds: Int) async throws {
        let bank = try TestBank(store: SQLiteStore(at: path, mark: .test), seed: UInt64(round) + 1)
        let file = open(log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        Thread {
            usleep(UInt32(microseconds))
            kill(getpid(), SIGKILL)
        }.start()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<8 {
                group.addTask {
                    for number in 0..<100_000 {
                        let token = token("R\(round)-\(worker)-\(number)")
                        _ = try await bank.enrolToken(token.id.rawValue, seed: token.seed)
                        let code = try token.code(at: bank.clock.now)
                        // Right, then the same once more, then wrong ones up to the block.
                        for answer in [code, code, "1", "2", "3", "4"] {
                            let operation = try await bank.begin(.login(), with: token.id)
                            let outcome = try await bank.operations.submit(.code(answer), to: operation.id)
                            write("\(outcome.name == "succeeded" ? "A" : "R") \(operation.id) \(token.id)\n", to: file)
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    /// One call, so that a line is there whole or not at all.
    private static func write(_ line: String, to file: Int32) {
        let bytes = Array(line.utf8)
        _ = Glibc.write(file, bytes, bytes.count)
    }

    static func acknowledged(in log: String) throws -> [Acknowledgement] {
        String(decoding: FileManager.default.contents(atPath: log) ?? Data(), as: UTF8.self).split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ").map(String.init)
            guard words.count == 3 else { return nil }
            return Acknowledgement(isAccepted: words[0] == "A", operation: words[1], device: words[2])
        }
    }
}

extension TestToken {
    /// Nobody's.
    fileprivate static let none = DeviceID(fingerprintOf: [])
}
