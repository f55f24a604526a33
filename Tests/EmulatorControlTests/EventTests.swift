import EmulatorControl
import Foundation
import Logging
import Synchronization
import TestSupport
import Testing

struct EventTests {
    @Test func `the stream begins with all devices, and tells each change and each end`() async throws {
        try await OpenControl.lend { control in
            _ = try await control.make(#"{"kind":"token"}"#)
            async let events = control.events { $0.contains("event: removed") }
            // Somebody listens once the first device was told.
            #expect(await eventually { control.emulators.listenerCount == 1 })
            _ = try await control.make(#"{"kind":"scan"}"#)
            #expect(await eventually { (try? await control.ask(.POST, "emulators/TOKEN-0001/press").status) == 200 })
            _ = try await control.ask(.DELETE, "emulators/SCAN-0001")
            let text = try await events
            #expect(text.contains("\n\nevent: emulator\ndata: {"))
            #expect(text.contains(#""id":"TOKEN-0001""#))
            #expect(text.contains("event: removed\ndata: {\"id\":\"SCAN-0001\"}\n\n"))
            #expect(await eventually { control.emulators.listenerCount == 0 })
        }
    }

    @Test func `a question arrives as an event`() async throws {
        try await OpenControl.lend { control in
            _ = try await control.make(#"{"kind":"scan","subscriber":"alice"}"#)
            async let events = control.events { $0.contains(#""prompt":{"#) }
            let (_, presentation) = try await control.hall.payment("SCAN-0001")
            _ = try await control.ask(.POST, "emulators/SCAN-0001/look", #"{"text":"\#(presentation.text)"}"#)
            let text = try await events
            #expect(text.contains(#""kind":"consent""#))
        }
    }

    @Test func `who does not listen is told each device once, and dropped when there are too many`() async throws {
        let emulators = try TestHall().emulators(limit: 3)
        let listener = emulators.listen()
        let token = try await emulators.make(EmulatorRecipe(.token))
        for _ in 0..<100 { try token.press() }
        #expect(await listener.next() == ["TOKEN-0001"])
        for _ in 0...1000 {
            let passing = try await emulators.make(EmulatorRecipe(.token))
            try emulators.remove(passing.id)
        }
        var isOver = false
        for _ in 0..<3 where !isOver { isOver = await listener.next() == nil }
        #expect(isOver)
        #expect(emulators.listenerCount == 0)
    }

    @Test func `one number never means two states, whoever looks between a change and its telling`() async throws {
        let device = try await TestHall().emulators().make(EmulatorRecipe(.token))
        let first = device.seen
        #expect(device.seen.change == first.change)
        // Nobody has told of it yet.
        try device.clock?.set(offset: 60, drift: nil)
        let second = device.seen
        #expect(second.clock?.offset == 60 && second.change > first.change)
        #expect(device.seen.change == second.change)
        try device.press()
        #expect(device.seen.change > second.change)
    }

    @Test func `numbers tell states apart while many things happen and many look`() async throws {
        let device = try await TestHall().emulators().make(EmulatorRecipe(.token))
        let seen = await withTaskGroup(of: [(Int, Behaviour)].self) { group in
            for behaviour in [Behaviour.respond, .decline, .wait, .wrongPIN] {
                group.addTask {
                    for _ in 0..<500 { device.behave(behaviour) }
                    return []
                }
                group.addTask {
                    (0..<500).map { _ in
                        let state = device.seen
                        return (state.change, state.behaviour)
                    }
                }
            }
            return await group.reduce(into: [Int: Set<Behaviour>]()) { seen, states in
                for (change, behaviour) in states { seen[change, default: []].insert(behaviour) }
            }
        }
        #expect(seen.filter { $0.value.count > 1 } == [:])
    }

    @Test func `a recipe does not tell its PIN`() {
        let printed = Printed(EmulatorRecipe(.mobile, serial: "M-7", pin: "864209"))
        #expect(!printed.tells("864209") && printed.text.contains("mobile M-7"))
    }

    @Test func `a cancelled listener ends`() async throws {
        let listener = try TestHall().emulators().listen()
        let task = Task { await listener.next() }
        task.cancel()
        #expect(await task.value == nil)
    }

    @Test func `no answer, event or log has a PIN`() async throws {
        let (pin, wrong) = ("864209", "975318")
        let log = Mutex("")
        let logger = Logger(label: "canary") { _ in LogCatcher { line in log.withLock { $0 += line + "\n" } } }
        let said = Mutex("")
        try await OpenControl.lend(logger: logger) { control in
            async let events = control.events { $0.contains("event: removed") }
            #expect(await eventually { control.emulators.listenerCount == 1 })
            func ask(_ path: String, _ body: String? = nil, as type: String = "text/plain") async throws {
                let text = try await control.ask(.POST, path, body, as: type).text
                said.withLock { $0 += text }
            }
            try await ask("emulators", #"{"kind":"mobile","subscriber":"alice","pin":"\#(pin)"}"#, as: "application/json")
            try await ask("emulators", #"{"kind":"smartcard","model":"piv","subscriber":"bob","pin":"\#(pin)"}"#, as: "application/json")
            try await ask("emulators", #"{"kind":"mobile","pin":\#(pin)}"#, as: "application/json")
            let (_, presentation) = try await control.hall.payment("MOBILE-0001")
            for digits in [wrong, pin] {
                try await ask("emulators/MOBILE-0001/pin", digits)
                try await ask("emulators/MOBILE-0001/look", #"{"text":"\#(presentation.text)"}"#, as: "application/json")
                try await ask("emulators/MOBILE-0001/accept")
                try await ask("emulators/MOBILE-0001/pin?prompt=0", digits)
                try await ask("emulators/MOBILE-0001/pin", digits)
                #expect(await eventually { control.emulators.all.first?.person.prompt == nil })
                try await ask("emulators/MOBILE-0001/snapshots")
            }
            for path in ["emulators", "emulators/MOBILE-0001", "emulators/MOBILE-0001/snapshots", "emulators/CARD-0001"] {
                let text = try await control.ask(.GET, path).text
                said.withLock { $0 += text }
            }
            _ = try await control.ask(.DELETE, "emulators/MOBILE-0001")
            let heard = try await events
            said.withLock { $0 += heard }
        }
        let text = said.withLock { $0 } + log.withLock { $0 }
        #expect(!text.contains(pin) && !text.contains(wrong))
        // The search would find it: the door writes paths into its log.
        #expect(text.contains("MOBILE-0001") && log.withLock { $0.contains("/v1/emulators") })
    }
}

/// Hands each line of a log on, with all that belongs to it.
private struct LogCatcher: LogHandler {
    let catching: @Sendable (String) -> Void
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level {
        get { .trace }
        set {}
    }

    init(_ catching: @escaping @Sendable (String) -> Void) { self.catching = catching }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) { catching("\(event.message) \(metadata) \(event.metadata ?? [:])") }
}
