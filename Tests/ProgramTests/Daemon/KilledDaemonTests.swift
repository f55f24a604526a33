import Foundation
import TestSupport
import Testing

/// kill -9 of the daemon itself, and another one over the same store; its emulated cards die with it.
@Suite(.timeLimit(.minutes(5))) struct KilledDaemonTests {
    private static let pin = "73915264"
    private let folder: Folder

    init() throws { folder = try Folder() }

    /// A daemon with a customer and their card.
    private func start() async throws -> (daemon: RunningDaemon, card: String, device: String) {
        let daemon = try await RunningDaemon(in: folder)
        #expect(try await daemon.ask("POST", "subscribers", #"{"id": "alice"}"#).status == 201)
        let (card, device) = try await daemon.make(
            #"{"kind": "smartcard", "model": "piv", "subscriber": "alice", "pin": "\#(Self.pin)", "behaviour": "wait"}"#)
        #expect(try await eventually { try await daemon.ask("GET", "devices/\(device)").status == 200 })
        return (daemon, card, device)
    }

    private func type(_ daemon: RunningDaemon, _ card: String) async throws {
        #expect(try await daemon.isAsked(card))
        #expect(try await daemon.ask("POST", "emulators/\(card)/pin", Self.pin, at: .emulators, as: "text/plain").status / 100 == 2)
    }

    @Test func `what waits for its card is pending afterwards, and can be cancelled`() async throws {
        let (first, card, device) = try await start()
        let id = try await first.pay("alice", with: device)
        #expect(try await first.isAsked(card))
        #expect(try await first.ask("POST", "emulators/\(card)/pull", at: .emulators).status == 200)
        let isAsked = try await eventually { try await first.ask("GET", "operations/\(id)").string("prompt.kind") == "insertCard" }
        #expect(isAsked)
        try await first.kill()
        let second = try await RunningDaemon(in: folder)
        #expect(try await second.state(of: id) == "pending")
        #expect(try await second.ask("POST", "operations/\(id)/cancel").string("state") == "cancelled")
        try await second.stop()
    }

    @Test func `nothing was spent where the PIN was asked for`() async throws {
        let (first, card, device) = try await start()
        let id = try await first.pay("alice", with: device)
        #expect(try await first.isAsked(card))
        try await first.kill()
        let second = try await RunningDaemon(in: folder)
        #expect(try await second.state(of: id) == "pending")
        let isAsked = try await eventually { try await second.ask("GET", "operations/\(id)").string("prompt.kind") == "insertCard" }
        #expect(isAsked, "it goes on by itself")
        #expect(try await second.ask("POST", "operations/\(id)/cancel").string("state") == "cancelled")
        try await second.stop()
    }

    @Test func `nobody can tell what became of a card that had the PIN, and an outcome stays`() async throws {
        let (first, card, device) = try await start()
        let done = try await first.pay("alice", with: device, key: "done")
        try await type(first, card)
        #expect(try await first.reaches("succeeded", done))
        let id = try await first.pay("alice", with: device, key: "torn")
        #expect(try await first.isAsked(card))
        let plan = try await first.ask("PUT", "emulators/\(card)/faults", #"{"plan": "delay 300000 ms after VERIFY 1"}"#, at: .emulators)
        #expect(plan.status == 200, "\(plan.text)")
        try await type(first, card)
        #expect(try await first.reaches("working", id))
        try await first.kill()
        let second = try await RunningDaemon(in: folder)
        #expect(try await second.reaches("indeterminate", id))
        #expect(try await second.state(of: done) == "succeeded")
        // The same request is the same operation, whatever became of it.
        #expect(try await second.pay("alice", with: device, key: "torn") == id)
        #expect(try await second.pay("alice", with: device, key: "done") == done)
        #expect(try await second.ask("GET", "audit/check").string("isIntact") == "1")
        try await second.stop()
    }

    /// What a listener is told over several lives of the daemon.
    private struct Told {
        var last: String?
        var changes: [Int] = []
        var outcomes: [String] = []

        mutating func take(_ text: String) {
            // What a killed daemon had not sent whole is sent by the next one.
            for event in text.components(separatedBy: "\n\n").dropLast() {
                let lines = event.split(separator: "\n").map(String.init)
                if let id = lines.first(where: { $0.hasPrefix("id: ") }) { last = String(id.dropFirst(4)) }
                guard lines.contains("event: operation"), let data = lines.first(where: { $0.hasPrefix("data: ") }),
                    let said = try? JSONSerialization.jsonObject(with: Data(data.dropFirst(6).utf8)) as? [String: Any],
                    let id = said["id"] as? String, let change = said["change"] as? Int, let state = said["state"] as? String
                else { continue }
                changes.append(change)
                if !["pending", "working"].contains(state) { outcomes.append("\(id) \(state)") }
            }
        }
    }

    @Test func `whoever listens over three deaths is told each outcome once, and misses none`() async throws {
        var told = Told()
        var expected: [String] = []
        var (daemon, card, device) = try await start()
        for round in 0..<3 {
            let listener = try daemon.listen(after: told.last)
            let isListening = await listener.says("retry:")
            #expect(isListening)
            for number in 0...round {
                let id = try await daemon.pay("alice", with: device)
                try await type(daemon, card)
                #expect(try await daemon.reaches("succeeded", id))
                expected.append("\(id) succeeded")
                // The last one is told by the next daemon, or by this one: whichever is quicker.
                if number < round { #expect(await listener.says(id)) }
            }
            let torn = try await daemon.pay("alice", with: device)
            #expect(try await daemon.isAsked(card))
            _ = try await daemon.ask(
                "PUT", "emulators/\(card)/faults", #"{"plan": "delay 300000 ms after VERIFY 1"}"#, at: .emulators)
            try await type(daemon, card)
            #expect(try await daemon.reaches("working", torn))
            expected.append("\(torn) indeterminate")
            try await daemon.kill()
            told.take(try await listener.end().text)
            daemon = try await RunningDaemon(in: folder)
            (card, device) = try await daemon.make(
                #"{"kind": "smartcard", "model": "piv", "subscriber": "alice", "pin": "\#(Self.pin)", "serial": "NEXT-\#(round)"}"#)
            let attached = device
            let following = daemon
            #expect(try await eventually { try await following.ask("GET", "devices/\(attached)").status == 200 })
            #expect(try await daemon.reaches("indeterminate", torn))
        }
        let listener = try daemon.listen(after: told.last)
        let isTold = await eventually {
            var all = told
            all.take(listener.output)
            return Set(all.outcomes).isSuperset(of: expected)
        }
        #expect(isTold)
        told.take(listener.output)
        try await daemon.kill()
        #expect(told.outcomes.sorted() == expected.sorted())
        #expect(told.changes == told.changes.sorted() && Set(told.changes).count == told.changes.count)
    }
}
