import Foundation
public import HTTPDoor
import HTTPTypes
public import Hummingbird
import NIOCore

/// The tests' door to emulated devices: everything under `v1/emulators`, and `v1/events`.
///
/// Who has the role ``HTTPDoor/Role/deviceUser`` does everything; an ``HTTPDoor/Role/observer`` looks.
public struct EmulatorRoutes: Sendable {
    /// The most bytes of a picture: 16 MiB.
    public static let pictureSize = 16 << 20
    /// What is taken besides JSON; the door is told when it is made.
    public static let bodies = [
        BodyRule("/v1/emulators/:id/look", takes: ["application/json", "image/png", "image/jpeg"], upTo: pictureSize),
        BodyRule("/v1/emulators/:id/pin", takes: ["text/plain", "application/octet-stream"], upTo: 64),
    ]

    let emulators: Emulators

    /// The routes of these devices.
    public init(_ emulators: Emulators) { self.emulators = emulators }

    /// Puts the routes onto a router, under `v1`.
    public func add(to router: Router<DoorContext>) {
        let all = router.group("v1/emulators")
        all.get { _, context in
            try Self.mayLook(context)
            return try Self.json(EmulatorList(emulators: emulators.all.map(\.seen), limit: emulators.limit))
        }
        all.post { request, context in
            try Self.mayAct(context)
            let device = try await emulators.make(try await request.form(NewEmulator.self).recipe())
            return try Self.json(device.seen, .created, [.location: "/v1/emulators/\(device.id)"])
        }
        all.get(":id") { _, context in
            try Self.mayLook(context)
            return try Self.json(try device(context).seen)
        }
        all.delete(":id") { _, context in
            try Self.mayAct(context)
            try emulators.remove(try context.parameters.require("id"))
            return Response(status: .noContent)
        }
        addUse(to: all.group(":id"))
        addPad(to: all.group(":id"))
        addChanges(to: all.group(":id"))
        router.get("v1/events") { _, context in
            try Self.mayLook(context)
            return try Response.events(EmulatorEvents(emulators: emulators), context: context)
        }
    }

    private func addUse(to one: RouterGroup<DoorContext>) {
        act(one, "press") { device, _ in try device.press() }
        act(one, "insert") { device, _ in try Self.card(device, isStick: false).insert() }
        act(one, "pull") { device, _ in try Self.card(device, isStick: false).pull() }
        act(one, "plug") { device, _ in try Self.card(device, isStick: true).insert() }
        act(one, "unplug") { device, _ in try Self.card(device, isStick: true).pull() }
        act(one, "look") { device, request in
            let isOnline = request.uri.queryParameters["online"] == "true"
            if request.headers[.contentType]?.lowercased().hasPrefix("image/") == true {
                try await device.look(atPicture: try await request.bytes(), online: isOnline)
            } else {
                try await device.look(at: try await request.form(SeenText.self).text, online: isOnline)
            }
        }
        one.get("answer") { _, context in
            try Self.mayLook(context)
            return try Self.json(EmulatorState.Answer(try device(context).answer()))
        }
    }

    private func addPad(to one: RouterGroup<DoorContext>) {
        act(one, "accept") { device, request in try device.person.accept(try Self.prompt(request)) }
        act(one, "decline") { device, request in try device.person.decline(try Self.prompt(request)) }
        act(one, "cancel") { device, request in try device.person.cancel(try Self.prompt(request)) }
        act(one, "pin") { device, request in
            let number = try Self.prompt(request)
            try device.person.type(try await request.secret(), number)
        }
    }

    private func addChanges(to one: RouterGroup<DoorContext>) {
        act(one, "clock", .put) { device, request in
            let form = try await request.form(NewClock.self)
            try device.setClock(offset: form.offset, drift: form.drift)
        }
        act(one, "power", .put) { device, request in try device.setPower(try await request.form(NewPower.self).isOn) }
        act(one, "behaviour", .put) { device, request in device.behave(try await request.form(NewBehaviour.self).behaviour) }
        act(one, "faults", .put) { device, request in try device.plan(try await request.form(NewFaults.self).faults) }
        act(one, "enrolment") { device, request in
            guard let owner = try await request.form(NewOwner.self).owner else {
                throw EmulatorError.invalidRequest("subscriber or order is missing")
            }
            try await emulators.enrol(device, for: owner)
        }
        act(one, "restore") { device, request in try await device.restore(try await request.form(WantedSnapshot.self).snapshot) }
        one.get("snapshots") { _, context in
            try Self.mayLook(context)
            return try Self.json(["snapshots": try device(context).snapshots])
        }
        one.post("snapshots") { _, context in
            try Self.mayAct(context)
            return try Self.json(try device(context).keepSnapshot(at: emulators.now()), .created)
        }
    }

    // MARK: What routes have in common

    /// A route that does something to a device, and answers with what it is afterwards.
    private func act(
        _ group: RouterGroup<DoorContext>, _ path: RouterPath, _ method: HTTPRequest.Method = .post,
        _ action: @escaping @Sendable (EmulatedDevice, Request) async throws -> Void
    ) {
        group.on(path, method: method) { request, context in
            try Self.mayAct(context)
            let device = try device(context)
            try await action(device, request)
            return try Self.json(device.seen)
        }
    }

    private func device(_ context: DoorContext) throws -> EmulatedDevice {
        try emulators.device(try context.parameters.require("id"))
    }

    private static func card(_ device: EmulatedDevice, isStick: Bool) throws(EmulatorError) -> EmulatedDevice {
        guard isStick == (device.kind == .stick) else {
            throw .notSupported(isStick ? "only a stick is plugged in" : "a \(device.kind.rawValue) is no card in a reader")
        }
        return device
    }

    /// The question that an answer is meant for.
    private static func prompt(_ request: Request) throws(EmulatorError) -> Int? {
        guard let text = request.uri.queryParameters["prompt"] else { return nil }
        guard let number = Int(text) else { throw .invalidRequest("prompt is a number") }
        return number
    }

    private static func mayLook(_ context: DoorContext) throws(Problem) { try context.caller.require(anyOf: [.deviceUser, .observer]) }

    private static func mayAct(_ context: DoorContext) throws(Problem) { try context.caller.require(anyOf: [.deviceUser]) }

    private static func json(
        _ value: some Encodable, _ status: HTTPResponse.Status = .ok, _ headers: HTTPFields = [:]
    ) throws -> Response {
        var headers = headers
        headers[.contentType] = "application/json"
        return Response(status: status, headers: headers, body: .init(byteBuffer: try JSON.buffer(value)))
    }
}

/// `GET emulators`.
private struct EmulatorList: Encodable {
    let emulators: [EmulatorState]
    let limit: Int
}
