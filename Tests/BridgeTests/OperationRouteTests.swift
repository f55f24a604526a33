import Crypto
import DeviceProtocol
import Emulation
import Foundation
import HTTPDoor
import Hummingbird
import Logging
import ServiceLifecycle
import TestSupport
import Testing
import Verification

@testable import Bridge

/// Operations, devices and events over HTTP; the client is curl.
@Suite(.timeLimit(.minutes(5))) struct OperationRouteTests {
    let world: TestWorld
    let daemon: TestDaemon
    let card: VirtualCard
    let device: DeviceID

    init() async throws {
        world = try TestWorld()
        (card, device) = try await world.enrolCard()
        daemon = try TestDaemon(world)
        #expect(await daemon.isReady(device))
    }

    /// Opens a door for as long as `body` runs.
    private func open(
        roles: Set<Role> = Set(Role.allCases), limits: DoorLimits = DoorLimits(), _ body: @escaping @Sendable (Curl) async throws -> Void
    ) async throws {
        let routes = Router(context: DoorContext.self)
        OperationRoutes(daemon.bank, runner: daemon.runner, feed: daemon.feed).add(to: routes)
        DeviceRoutes(daemon.feed).add(to: routes)
        EventRoutes(daemon.feed).add(to: routes)
        BankRoutes(of: daemon.bank, attached: daemon.runner) { "" }.add(to: routes)
        let folder = FileManager.default.temporaryDirectory.appending(path: "bridge-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "door.sock").path
        let (opened, told) = AsyncStream.makeStream(of: Void.self)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let door = Door(routes, at: .unix(UnixPlace(path, roles: [geteuid(): roles])), limits: limits, logger: logger) { _ in told.yield() }
        let services = ServiceGroup(services: [door], gracefulShutdownSignals: [], logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await services.run() }
            var iterator = opened.makeAsyncIterator()
            await iterator.next()
            try await body(Curl(socket: path, services: services))
            await services.triggerGracefulShutdown()
            try await group.waitForAll()
        }
    }

    private func payment(lease: Int? = nil) -> [String: Any] {
        let content = [
            "kind": "payment", "iban": "LU280019400644750000", "amount": "12.50", "currency": "EUR", "payee": "Anna", "reference": "7",
        ]
        return ["subscriber": "alice", "device": device.rawValue, "content": content]
    }

    @Test func `a payment from the request to its evidence`() async throws {
        let request = try JSONSerialization.data(withJSONObject: payment())
        try await open { [daemon] curl in
            let begun = try await curl.ask("POST", "/v1/operations", request, ["Idempotency-Key: one"])
            #expect(begun.status == 202)
            let id = try #require(begun.object["id"] as? String)
            #expect(begun.object["state"] as? String == "pending")
            #expect(begun.object["presentation"] as? String == "plain")
            #expect(begun.object["isAttached"] as? Bool == true)
            let again = try await curl.ask("POST", "/v1/operations", request, ["Idempotency-Key: one"])
            #expect(again.object["id"] as? String == id)
            let challenge = try #require(ChallengeID(text: id))
            #expect(await daemon.isAsked(.enterPIN, for: challenge))
            let asked = try await curl.ask("GET", "/v1/operations/\(id)")
            #expect((asked.object["prompt"] as? [String: Any])?["kind"] as? String == "enterPIN")
            async let waited = curl.ask("GET", "/v1/operations/\(id)?wait=60")
            daemon.person.answer(.pin(TestWorld.pin))
            let ended = try await waited
            #expect(ended.object["state"] as? String == "succeeded")
            let evidence = ended.object["evidence"] as? [String: Any]
            #expect(evidence?["operation"] as? String == id)
            #expect(evidence?["isEmulated"] as? Bool == true)
            let cancelled = try await curl.ask("POST", "/v1/operations/\(id)/cancel")
            #expect(cancelled.status == 409 && cancelled.object["code"] as? String == "ended")
        }
    }

    @Test func `who waits is told of each prompt, wherever it came before, and of each place in the queue`() async throws {
        let request = try JSONSerialization.data(withJSONObject: payment())
        try await open { [daemon] curl in
            let begun = try await curl.ask("POST", "/v1/operations", request, ["Idempotency-Key: one"])
            let id = try #require(begun.object["id"] as? String)
            let challenge = try #require(ChallengeID(text: id))
            #expect(await daemon.isAsked(.enterPIN, for: challenge))
            // The prompt was there before the first look; the answer to the beginning may have had it already.
            let asked = try await curl.follow(id, behind: begun) { $0.prompt?["kind"] as? String == "enterPIN" }
            async let next = curl.follow(id, behind: asked) { $0.prompt?["previousWasWrong"] as? Bool == true }
            daemon.person.answer(.pin("999999"))
            let again = try await next
            #expect(again.object["state"] as? String == "working")
            // Without anything to compare with it is waited for the outcome.
            async let waited = curl.ask("GET", "/v1/operations/\(id)?wait=60")
            daemon.person.answer(.pin(TestWorld.pin))
            let ended = try await waited
            #expect(ended.object["state"] as? String == "succeeded")
            let wrong = try await curl.ask("GET", "/v1/operations/\(id)?wait=60&after=1.x")
            #expect(wrong.status == 400 && wrong.object["code"] as? String == "invalidRequest")
        }
    }

    @Test func `who waits longer than the lease is there all the time`() async throws {
        var asked = payment()
        asked["lease"] = 1_800
        asked["timeToLive"] = 7_200
        let request = try JSONSerialization.data(withJSONObject: asked)
        try await open { [daemon, world] curl in
            let begun = try await curl.ask("POST", "/v1/operations", request, ["Idempotency-Key: one"])
            let id = try #require(begun.object["id"] as? String)
            let challenge = try #require(ChallengeID(text: id))
            async let waited = curl.ask("GET", "/v1/operations/\(id)?wait=60")
            #expect(await daemon.isAsked(.enterPIN, for: challenge))
            #expect(await eventually { await daemon.runner.isAttended(challenge, by: "uid \(geteuid())") })
            world.move(by: 1_900)
            for _ in 0..<10 { await daemon.runner.tick() }
            #expect(try await daemon.state(of: challenge) == .pending)
            daemon.person.answer(.pin(TestWorld.pin))
            let ended = try await waited
            #expect(ended.object["state"] as? String == "succeeded")
            #expect(await !daemon.runner.isAttended(challenge, by: "uid \(geteuid())"))
        }
    }

    @Test func `a client that goes away while its login's PIN is asked for frees the device`() async throws {
        try await open { [daemon, device] curl in
            let login = #"{"user": "nobody", "product": "smartcard", "place": "Luxembourg", "browser": "Firefox"}"#
            let begun = try await curl.ask("POST", "/v1/logins", Data(login.utf8))
            let id = try #require(begun.object["id"] as? String, "\(begun)")
            let finish = #"{"user": "nobody", "password": "a wrong password", "attachedDevice": "\#(device)"}"#
            try await curl.leave("POST", "/v1/logins/\(id)/finish", finish) {
                #expect(await eventually { daemon.person.asked.count == 1 && daemon.feed.board.device(device)?.owner != nil })
            }
            #expect(await eventually { daemon.feed.board.device(device)?.owner == nil })
        }
    }

    @Test func `devices say what they are, how many tries are left, and who has them`() async throws {
        let id = try await daemon.begin(on: device)
        try await open { [daemon, device] curl in
            #expect(await daemon.isAsked(.enterPIN, for: id))
            let one = try await curl.ask("GET", "/v1/devices/\(device)").object
            #expect(one["state"] as? String == "busy")
            #expect((one["queue"] as? [String: Any])?["owner"] as? String == "core")
            try await daemon.runner.cancel(id)
            #expect(await eventually { daemon.feed.board.device(device)?.owner == nil })
            #expect(await eventually { daemon.feed.board.device(device)?.status?.triesLeft == 5 })
            let list = try await curl.ask("GET", "/v1/devices").object["devices"] as? [[String: Any]]
            let pin = list?.first?["pin"] as? [String: Any]
            #expect(list?.count == 1 && list?.first?["triesLeft"] as? Int == 5 && list?.first?["state"] as? String == "idle")
            #expect(list?.first?["holder"] as? String == daemon.feed.board.device(device)?.status?.holder && list?.first?["holder"] != nil)
            #expect(pin?["alphabet"] as? String == "digits" && pin?["minLength"] as? Int == 6 && pin?["maxLength"] as? Int == 8)
            #expect(try await curl.ask("GET", "/v1/devices/elsewhere").status == 404)
        }
    }

    @Test func `what cannot be is refused, each with its reason`() async throws {
        var other = payment()
        other["lease"] = 0
        let wrong = try JSONSerialization.data(withJSONObject: other)
        other["lease"] = nil
        other["leese"] = 5
        let misspelt = try JSONSerialization.data(withJSONObject: other)
        let good = try JSONSerialization.data(withJSONObject: payment())
        try await open { curl in
            let cases: [(String, String, Data?, [String], Int, String)] = [
                ("POST", "/v1/operations", good, [], 400, "invalidIdempotencyKey"),
                ("POST", "/v1/operations", good, ["Idempotency-Key: k\u{FF}"], 400, "invalidIdempotencyKey"),
                ("POST", "/v1/operations", wrong, ["Idempotency-Key: a"], 400, "invalidRequest"),
                ("POST", "/v1/operations", misspelt, ["Idempotency-Key: a"], 400, "unknownMember"),
                ("POST", "/v1/operations", Data("{".utf8), ["Idempotency-Key: a"], 400, "invalidRequest"),
                ("GET", "/v1/operations/00000000000000000000000000000000", nil, [], 404, "noSuchOperation"),
                ("GET", "/v1/operations?subscriber=alice&limit=0", nil, [], 400, "invalidRequest"),
                ("GET", "/v1/operations", nil, [], 400, "invalidRequest"),
                ("GET", "/v1/events", nil, ["Last-Event-ID: x"], 400, "invalidRequest"),
                ("GET", "/v1/events", nil, ["Last-Event-ID: +5"], 400, "invalidRequest"),
                ("GET", "/v1/events", nil, ["Last-Event-ID: 0000000000000000001"], 400, "invalidRequest"),
                ("POST", "/v1/operations", good, ["Idempotency-Key: a b"], 400, "invalidIdempotencyKey"),
            ]
            for (method, path, body, headers, status, code) in cases {
                let answer = try await curl.ask(method, path, body, headers)
                #expect(answer.object["code"] as? String == code, "\(method) \(path)")
                #expect(answer.status == status, "\(method) \(path): \(answer.status)")
            }
        }
        try await open(roles: [.observer]) { curl in
            let answer = try await curl.ask("POST", "/v1/operations", good, ["Idempotency-Key: b"])
            #expect(answer.status == 403 && answer.object["code"] as? String == "roleMissing")
            #expect(try await curl.ask("GET", "/v1/operations?subscriber=alice").status == 200)
        }
    }

    @Test func `who may not use devices has the answer from elsewhere`() async throws {
        let request = try JSONSerialization.data(withJSONObject: payment())
        try await open(roles: [.verifier]) { [daemon] curl in
            let begun = try await curl.ask("POST", "/v1/operations", request, ["Idempotency-Key: one"])
            #expect(begun.object["isAttached"] as? Bool == false)
            let id = try #require(begun.object["id"] as? String)
            #expect(try await curl.ask("GET", "/v1/operations/\(id)/qr.svg").status == 404)
            let wrong = Data(#"{"signature": "AAAA", "certificates": ["AAAA"]}"#.utf8)
            let answer = try await curl.ask("POST", "/v1/operations/\(id)/responses", wrong)
            #expect(answer.object["state"] as? String == "refused")
            #expect(daemon.person.asked.isEmpty)
            let list = try await curl.ask("GET", "/v1/operations?subscriber=alice&limit=1").object
            #expect((list["operations"] as? [[String: Any]])?.first?["id"] as? String == id)
        }
    }

    /// A request for a card that is not there, which may be answered for an hour, from a client that names no lease.
    private func beginWithoutCard(_ curl: Curl, key: String = "one") async throws -> ChallengeID {
        world.readers.pull(from: "Reader 00")
        let (runner, device) = (daemon.runner, device)
        #expect(await eventually { await !runner.isAttached(device) })
        var asked = payment()
        asked["timeToLive"] = 3_600
        let request = try JSONSerialization.data(withJSONObject: asked)
        let begun = try await curl.ask("POST", "/v1/operations", request, ["Idempotency-Key: \(key)"])
        #expect(begun.status == 202 && begun.object["isAttached"] as? Bool == true)
        let id = try #require((begun.object["id"] as? String).flatMap(ChallengeID.init(text:)))
        #expect(await daemon.isAsked(.insertCard, for: id))
        let prompt = try await curl.ask("GET", "/v1/operations/\(id)").object["prompt"] as? [String: Any]
        #expect(prompt?["kind"] as? String == "insertCard" && prompt?["device"] as? String == device.rawValue)
        return id
    }

    @Test func `a card that is not there is waited for, however silent the client is`() async throws {
        try await open { curl in
            let id = try await beginWithoutCard(curl)
            world.move(by: 3_000)
            for _ in 0..<10 { await daemon.runner.tick() }
            #expect(try await daemon.state(of: id) == .pending)
            try world.readers.insert(card, in: "Reader 00")
            #expect(await daemon.isAsked(.enterPIN, for: id))
            daemon.person.answer(.pin(TestWorld.pin))
            #expect(try await daemon.ends(id, as: "succeeded"))
        }
    }

    @Test func `a card that does not come is waited for until the operation expires`() async throws {
        try await open { curl in
            let id = try await beginWithoutCard(curl)
            world.move(by: 3_601)
            #expect(try await daemon.ends(id, as: "expired"))
            #expect(await eventually { daemon.prompt(of: id) == nil })
        }
    }

    @Test func `a card that is waited for here may answer elsewhere`() async throws {
        try await open { curl in
            let id = try await beginWithoutCard(curl)
            let answer = try await curl.ask(
                "POST", "/v1/operations/\(id)/responses", Data(#"{"signature": "AAAA", "certificates": ["AAAA"]}"#.utf8))
            #expect(answer.object["state"] as? String == "refused")
            #expect(await eventually { daemon.prompt(of: id) == nil })
            // Nobody waits any more: the next one has the card.
            try world.readers.insert(card, in: "Reader 00")
            #expect(await daemon.isReady(device))
            let next = try await daemon.begin(on: device)
            #expect(await daemon.isAsked(.enterPIN, for: next))
            #expect(await eventually { daemon.person.asked.count == 1 })
        }
    }

    @Test func `a device that is never attached is not waited for here`() async throws {
        let token = try DeviceID("T-1")
        var random = SystemRandomNumberGenerator()
        try await daemon.bank.enrolments.enrol(
            token, as: .token, for: world.alice, with: .seed(SymmetricKey(size: .bits256)), id: EnrolmentID(using: &random),
            isEmulated: true)
        var wanted = payment()
        wanted["device"] = token.rawValue
        let request = try JSONSerialization.data(withJSONObject: wanted)
        wanted["device"] = "nobodys"
        let unknown = try JSONSerialization.data(withJSONObject: wanted)
        try await open { curl in
            let begun = try await curl.ask("POST", "/v1/operations", request, ["Idempotency-Key: one"]).object
            #expect(begun["isAttached"] as? Bool == false && begun["prompt"] == nil)
            #expect(try await curl.ask("POST", "/v1/operations", unknown, ["Idempotency-Key: two"]).status == 404)
        }
    }

    @Test func `an operation that was begun elsewhere is given to its device`() async throws {
        let operation = try await daemon.bank.operations.begin(
            TestWorld.payment(), for: world.alice, with: device, idempotencyKey: "one")
        try await open { [daemon] curl in
            let answer = try await curl.ask("POST", "/v1/operations/\(operation.id)/attach", Data(#"{"lease": 30}"#.utf8))
            #expect(answer.object["isAttached"] as? Bool == true)
            daemon.person.answer(.pin(TestWorld.pin))
            #expect(try await daemon.ends(operation.id, as: "succeeded"))
        }
    }

    @Test func `events come as a stream, and go on from the last one seen`() async throws {
        let first = try await daemon.begin(on: device)
        try await open { [daemon] curl in
            #expect(await daemon.isAsked(.enterPIN, for: first))
            async let heard = curl.listen(from: 0, until: #""kind":"prompt""#, and: #""state":"cancelled""#)
            #expect(await eventually { await daemon.feed.isListening("uid \(geteuid())") })
            try await daemon.runner.cancel(first)
            var listening = Listening()
            for frame in try await heard.split(separator: "\n\n") { listening.take(.init(string: String(frame) + "\n\n")) }
            // What it was before may have changed while it was about to be told.
            #expect(Set(listening.told.map(\.id)) == [first.description])
            #expect(listening.told.filter { $0.state == "cancelled" }.count == 1 && listening.told.last?.state == "cancelled")
            #expect(listening.others.contains { $0.contains("prompt") })
        }
    }

    @Test func `who listens or waits has a whole answer when the door is closed`() async throws {
        let id = try await daemon.begin(on: device)
        var limits = DoorLimits()
        limits.closingTime = .seconds(3_600)
        try await open(limits: limits) { [daemon] curl in
            #expect(await daemon.isAsked(.enterPIN, for: id))
            let change = try #require(try await curl.ask("GET", "/v1/operations/\(id)").object["change"] as? Int)
            async let heard = curl.ends(listeningFrom: 0)
            async let waited = curl.ask("GET", "/v1/operations/\(id)?wait=60&after=\(change + 1_000)")
            #expect(await eventually { await daemon.feed.isListening("uid \(geteuid())") })
            #expect(await eventually { await daemon.feed.waiterCount == 1 })
            await curl.services.triggerGracefulShutdown()
            // 18 would be a stream that was cut (libcurl: CURLE_PARTIAL_FILE).
            #expect(try await heard == 0)
            let answer = try await waited
            #expect(answer.status == 200 && answer.object["state"] as? String == "pending")
        }
        try await daemon.runner.cancel(id)
    }
}
