import HTTPDoor
import Hummingbird
import NIOCore

extension EmulatorRoutes {
    /// `GET v1/events`: the state of all devices, then each change, as server-sent events (HTML, 9.2).
    ///
    /// Who reads slowly gets fewer states, and always the latest; so nothing has to be sent again after a reconnect.
    @Sendable func events(_ request: Request, _ context: DoorContext) async throws -> Response {
        try Self.mayLook(context)
        try context.standAside()
        let emulators = emulators
        let body = ResponseBody { writer in
            let listener = emulators.listen()
            defer { listener.end() }
            for device in emulators.all { try await writer.write(Self.event("emulator", device.seen)) }
            while let names = await listener.next() {
                for name in names {
                    if let device = try? emulators.device(name) {
                        try await writer.write(Self.event("emulator", device.seen))
                    } else {
                        try await writer.write(Self.event("removed", ["id": name]))
                    }
                }
            }
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: [.contentType: "text/event-stream"], body: body)
    }

    /// JSON has no line breaks of its own, so one `data` line holds it.
    private static func event(_ name: String, _ value: some Encodable) throws -> ByteBuffer {
        var event = ByteBuffer(string: "event: \(name)\ndata: ")
        event.writeImmutableBuffer(try JSON.buffer(value))
        event.writeString("\n\n")
        return event
    }
}
