import Crypto
import DeviceProtocol
import Foundation
import TestSupport
import Testing
import Verification

/// One valid code, sent 64 times at once by four processes on one store: accepted once (RTS, Article 4(1)).
@Suite(.serialized) struct SentAtOnceTests {
    @Test(arguments: StoreKind.allCases)
    func `four processes send one code 64 times at once: one is accepted, in every trial`(_ kind: StoreKind) async throws {
        let folder = try TemporaryFolder()
        let trials = Proof.isWhole ? 1_000 : 50
        let place = try await kind.place()
        let bank = try await TestBank(store: place.open())
        // Every other trial sends to one operation; the others send one code to an operation of each process.
        var plan: [SentAtOnce.Trial] = []
        for number in 0..<trials {
            let token = try await bank.enrolToken("T-\(number)", seed: SentAtOnce.seed(number))
            var ids: [String] = []
            for _ in 0..<(number % 2 == 0 ? 1 : SentAtOnce.processes) {
                ids.append(try await bank.begin(.login(), with: token.id, timeToLive: 86_400).id.description)
            }
            plan.append(SentAtOnce.Trial(operations: ids, code: try token.code(at: bank.clock.now)))
        }
        try JSONEncoder().encode(plan).write(to: folder.url.appending(path: "plan"))

        let path = folder.url.path
        async let first: Void = process(0, path, at: place)
        async let second: Void = process(1, path, at: place)
        async let third: Void = process(2, path, at: place)
        async let fourth: Void = process(3, path, at: place)
        _ = await (first, second, third, fourth)

        let results = try (0..<SentAtOnce.processes).map { number in
            try JSONDecoder().decode([[String: Int]].self, from: Data(contentsOf: folder.url.appending(path: "result-\(number)")))
        }
        for number in 0..<trials {
            let names = results.reduce(into: [String: Int]()) { $0.merge($1[number], uniquingKeysWith: +) }
            #expect(names["succeeded"] == 1, "trial \(number): \(names)")
            #expect(names.values.reduce(0, +) == 64, "trial \(number): \(names)")
            #expect(Set(names.keys).isSubset(of: ["succeeded", "ended", "refused"]), "trial \(number): \(names)")
        }
        let log = AuditLog(store: bank.store)
        #expect(try await log.check(keys: []).isIntact)
        #expect(try await AuditedEvents.count(.accepted, in: log) == trials)
        print("\(kind.rawValue): one code sent 64 times at once by four processes: \(trials) trials, each accepted once")
    }

    private func process(_ number: Int, _ path: String, at place: StorePlace) async {
        let (kind, address) = (place.kind.rawValue, place.address)
        await #expect(processExitsWith: .success) {
            [number = number as Int, path = path as String, kind = kind as String, address = address as String] in
            try await SentAtOnce.run(number, in: path, with: #require(StoreKind(rawValue: kind)).open(address))
        }
    }
}

/// What one of the processes does.
enum SentAtOnce {
    static let processes = 4

    struct Trial: Codable {
        let operations: [String]
        let code: String
    }

    static func seed(_ number: Int) -> [UInt8] { Array(SHA256.hash(data: Data("T-\(number)".utf8)).prefix(20)) }

    /// Sends its share of every trial, and writes down what became of it.
    static func run(_ number: Int, in path: String, with store: any Store) async throws {
        let folder = URL(filePath: path)
        let plan = try JSONDecoder().decode([Trial].self, from: Data(contentsOf: folder.appending(path: "plan")))
        let bank = try TestBank(store: store)
        var results: [[String: Int]] = []
        for (trial, sent) in plan.enumerated() {
            try await meet(trial, number, in: folder)
            let id = try ChallengeID(bytes(of: sent.operations[number % sent.operations.count]))
            results.append(await send(sent.code, to: id, by: bank))
        }
        try JSONEncoder().encode(results).write(to: folder.appending(path: "result-\(number)"))
    }

    /// Waits until all processes have come as far.
    private static func meet(_ trial: Int, _ number: Int, in folder: URL) async throws {
        try Data().write(to: folder.appending(path: "at-\(trial)-\(number)"))
        for other in 0..<processes {
            let name = folder.appending(path: "at-\(trial)-\(other)").path
            let end = ContinuousClock.now.advanced(by: .patient)
            while !FileManager.default.fileExists(atPath: name) {
                guard ContinuousClock.now < end else { throw ChildProgramError.tooSlow("process \(other)") }
                try await Task.sleep(for: .microseconds(200))
            }
        }
    }

    private static func send(_ code: String, to id: ChallengeID, by bank: TestBank) async -> [String: Int] {
        await withTaskGroup(of: String.self) { group in
            for _ in 0..<(64 / processes) {
                group.addTask {
                    do throws(VerificationError) {
                        return try await bank.operations.submit(.code(code), to: id).name
                    } catch {
                        if case .ended = error { return "ended" }
                        return "\(error)"
                    }
                }
            }
            return await group.reduce(into: [:]) { $0[$1, default: 0] += 1 }
        }
    }

    static func bytes(of text: String) -> [UInt8] {
        let digits = Array(text.utf8)
        return stride(from: 0, to: digits.count - 1, by: 2).compactMap {
            UInt8(String(decoding: digits[$0...($0 + 1)], as: UTF8.self), radix: 16)
        }
    }
}

/// What the audit log says, counted.
enum AuditedEvents {
    static func count(_ kind: AuditEvent.Kind, in log: AuditLog) async throws -> Int {
        try await all(in: log).count { $0.kind == kind }
    }

    static func all(in log: AuditLog) async throws -> [AuditRow] {
        var rows: [AuditRow] = []
        while true {
            let more = try await log.rows(after: rows.last?.number ?? 0)
            guard !more.isEmpty else { return rows }
            rows += more
        }
    }
}
