import AsyncHTTPClient
import EmulatorControl
import Foundation
import HTTPDoor
import Hummingbird
import Logging
import NIOCore
import NIOHTTP1
import ServiceLifecycle
import TestSupport
import Testing

/// The control's door at a socket of its own, for as long as a test needs it, and a client of it.
struct OpenControl {
    let hall: TestHall
    let emulators: Emulators
    private let socket: String

    enum Verb: String { case GET, POST, PUT, DELETE }

    /// What an answer was.
    struct Answer {
        let status: Int
        let location: String?
        let text: String

        /// The state of a device in it.
        func seen() throws -> Seen { try decoder.decode(Seen.self, from: Data(text.utf8)) }

        /// The code of the problem in it.
        var problem: String? { (try? decoder.decode(ToldProblem.self, from: Data(text.utf8)))?.code }
    }

    static func lend(
        _ hall: TestHall? = nil, roles: Set<Role> = [.deviceUser], limit: Int = 16, clock: any Clock<Duration> = ContinuousClock(),
        logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, _ body: (OpenControl) async throws -> Void
    ) async throws {
        let hall = try hall ?? TestHall()
        let emulators = try hall.emulators(limit: limit, clock: clock)
        let folder = FileManager.default.temporaryDirectory.appending(path: "control-\(UUID().uuidString.prefix(8))").path
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let router = Router(context: DoorContext.self)
        EmulatorRoutes(emulators).add(to: router)
        let (opened, told) = AsyncStream.makeStream(of: Void.self)
        let socket = folder + "/control.sock"
        let door = Door(
            router, at: .unix(UnixPlace(socket, roles: [geteuid(): roles])), bodies: EmulatorRoutes.bodies, logger: logger
        ) { _ in told.yield() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { told.finish() }
                try await door.run()
            }
            var iterator = opened.makeAsyncIterator()
            try #require(await iterator.next() != nil)
            defer { group.cancelAll() }
            try await body(OpenControl(hall: hall, emulators: emulators, socket: socket))
        }
    }

    /// One request.
    func ask(_ method: Verb, _ path: String, _ body: String? = nil, as type: String = "application/json") async throws -> Answer {
        try await ask(method, path, bytes: body.map { Array($0.utf8) }, as: type)
    }

    func ask(_ method: Verb, _ path: String, bytes: [UInt8]?, as type: String) async throws -> Answer {
        let response = try await HTTPClient.shared.execute(request(method, path, bytes, type), timeout: .seconds(60))
        let text = String(buffer: try await response.body.collect(upTo: 1 << 24))
        return Answer(status: Int(response.status.code), location: response.headers.first(name: "location"), text: text)
    }

    /// Makes a device.
    func make(_ json: String) async throws -> Seen {
        let answer = try await ask(.POST, "emulators", json)
        try #require(answer.status == 201, "\(answer.text)")
        return try answer.seen()
    }

    /// The event stream, until `isEnough` holds for all of its text.
    func events(until isEnough: (String) -> Bool) async throws -> String {
        let response = try await HTTPClient.shared.execute(request(.GET, "events", nil, ""), timeout: .seconds(60))
        #expect(response.headers["content-type"] == ["text/event-stream"])
        var text = ""
        for try await part in response.body {
            text += String(buffer: part)
            if isEnough(text) { break }
        }
        return text
    }

    private func request(_ method: Verb, _ path: String, _ body: [UInt8]?, _ type: String) throws -> HTTPClientRequest {
        var request = HTTPClientRequest(url: try #require(URL(httpURLWithSocketPath: socket, uri: "/v1/\(path)")).absoluteString)
        request.method = HTTPMethod(rawValue: method.rawValue)
        // A socket has no name that the client would send by itself.
        request.headers.add(name: "Host", value: "localhost")
        if let body {
            request.headers.add(name: "Content-Type", value: type)
            request.body = .bytes(ByteBuffer(bytes: body))
        }
        return request
    }
}

private let decoder: JSONDecoder = {
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .iso8601
    return decoder
}()

private struct ToldProblem: Decodable { let code: String }

/// A device's state as a client reads it.
struct Seen: Decodable {
    struct Token: Decodable {
        let isLit: Bool
        let code: String?
        let secondsLeft: Int?
        let darkIn: Double?
        let hasPower: Bool
    }
    struct Screen: Decodable {
        let shows: String
        let lines: [String]
        let code: String?
        let reason: String?
    }
    struct Card: Decodable {
        let reader: String
        let isInserted: Bool
        let model: String
        let faults: String
        let struck: [String]
    }
    struct Prompt: Decodable {
        let number: Int
        let kind: String
        let triesLeft: Int?
        let previousWasWrong: Bool
        let endsAt: Date
    }
    struct Failure: Decodable { let code: String }
    struct Outcome: Decodable {
        let code: String?
        let signature: Data?
        let failure: Failure?
    }
    struct Clock: Decodable {
        let offset: Double
        let drift: Double
    }

    let id: String
    let kind: String
    let device: String?
    let name: String
    let isInferred: Bool
    let behaviour: String
    let subscriber: String?
    let order: String?
    let clock: Clock?
    let token: Token?
    let screen: Screen?
    let card: Card?
    let prompt: Prompt?
    let answer: Outcome?
    let change: Int
}
