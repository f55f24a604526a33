import Foundation
import TestSupport
import Testing

/// `tessera serve` as a child process over a folder's store, and a client that keeps whatever it was told.
final class RunningDaemon {
    /// One answer: status and body.
    struct Answer {
        let status: Int
        let body: Data

        /// A member of the JSON, at a path like `order.id` or `images.0.name`.
        func string(_ path: String) -> String? {
            var place: Any? = try? JSONSerialization.jsonObject(with: body)
            for name in path.split(separator: ".") {
                if let list = place as? [Any], let index = Int(name), list.indices.contains(index) {
                    place = list[index]
                } else {
                    place = (place as? [String: Any])?[String(name)]
                }
            }
            return place as? String ?? (place as? NSNumber)?.stringValue
        }

        var text: String { String(decoding: body, as: UTF8.self) }
    }

    /// Which of the two sockets.
    enum Door: String { case bank, emulators }

    let program: RunningProgram
    private let folder: Folder
    private(set) var heard = Data()

    /// Starts it, and waits until all its doors are open.
    init(in folder: Folder, _ options: [String] = [], environment: [String: String] = [:]) async throws {
        self.folder = folder
        program = try RunningProgram(Self.arguments(in: folder) + options, environment: environment)
        let doors = options.contains("--listen") ? 3 : 2
        let program = program
        let line = options.contains("json") ? #""message":"listening""# : "[tessera] listening"
        let isOpen = await eventually { program.errors.ranges(of: line).count == doors }
        try #require(isOpen, "\(program.errors)")
    }

    static func arguments(in folder: Folder) -> [String] {
        [
            "serve", "--test", "--store", folder.path("s.sqlite"), "--emulators", "--admit-retired", "--socket", socket(.bank, in: folder),
            "--emulators-socket", socket(.emulators, in: folder), "--log-level", "trace",
        ]
    }

    private static func socket(_ door: Door, in folder: Folder) -> String { folder.path("\(door.rawValue).sock") }

    /// Asks, and keeps header and body of the answer.
    @discardableResult
    func ask(
        _ method: String, _ path: String, _ body: String? = nil, at door: Door = .bank, as type: String = "application/json",
        headers: [String: String] = [:]
    ) async throws -> Answer {
        try await ask(method, path, data: body.map { Data($0.utf8) }, at: door, as: type, headers: headers)
    }

    @discardableResult
    func ask(
        _ method: String, _ path: String, data: Data?, at door: Door = .bank, as type: String, headers: [String: String] = [:]
    ) async throws -> Answer {
        var arguments = ["-sS", "-i", "-m", "90", "--unix-socket", Self.socket(door, in: folder), "-X", method]
        for (name, value) in headers { arguments += ["-H", "\(name): \(value)"] }
        if data != nil { arguments += ["-H", "Content-Type: \(type)", "-H", "Expect:", "--data-binary", "@-"] }
        let outcome = try await ChildProgram.run("curl", arguments + ["http://localhost/v1/\(path)"], input: data ?? Data())
        heard += outcome.output
        let end = outcome.output.range(of: Data("\r\n\r\n".utf8)) ?? outcome.output.endIndex..<outcome.output.endIndex
        let status = String(decoding: outcome.output.prefix(12), as: UTF8.self).split(separator: " ").last.flatMap { Int($0) }
        return Answer(status: status ?? 0, body: outcome.output[end.upperBound...])
    }

    /// A device in the emulators' hands; its name there, and the bank's name of it.
    func make(_ recipe: String) async throws -> (id: String, device: String) {
        let made = try await ask("POST", "emulators", recipe, at: .emulators)
        return (try #require(made.string("id"), "\(made.text)"), try #require(made.string("device")))
    }

    /// Begins a payment that outlives any test; its operation.
    func pay(_ subscriber: String, with device: String, key: String = UUID().uuidString) async throws -> String {
        let begun = try await ask(
            "POST", "operations",
            #"{"subscriber": "\#(subscriber)", "device": "\#(device)", "timeToLive": 3600, "content": \#(Self.payment)}"#,
            headers: ["Idempotency-Key": key])
        return try #require(begun.string("id"), "\(begun.text)")
    }

    static let payment = """
        {"kind": "payment", "iban": "LU280019400644750000", "amount": "12.50", "currency": "EUR", "payee": "Anna", "reference": "7"}
        """

    func state(of operation: String) async throws -> String? { try await ask("GET", "operations/\(operation)").string("state") }

    func reaches(_ state: String, _ operation: String) async throws -> Bool {
        try await eventually { try await self.state(of: operation) == state }
    }

    /// Whether the person at the emulated card is asked for its PIN.
    func isAsked(_ emulator: String) async throws -> Bool {
        try await eventually { try await ask("GET", "emulators/\(emulator)", at: .emulators).string("prompt.kind") == "pin" }
    }

    /// A listener to a door's events, which ends with the daemon.
    func listen(at door: Door = .bank, after last: String? = nil) throws -> RunningProgram {
        let header = last.map { "-H 'Last-Event-ID: \($0)' " } ?? ""
        return try RunningProgram.shell(
            "exec curl -sSN \(header)--unix-socket '\(Self.socket(door, in: folder))' http://localhost/v1/events")
    }

    /// Dies at once.
    func kill() async throws {
        program.send(SIGKILL)
        #expect(try await program.end().status == 128 + SIGKILL)
    }

    func stop() async throws {
        program.send(SIGTERM)
        _ = try await program.end()
    }
}
