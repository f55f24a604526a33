import Foundation
import NIOCore
import Secrets
import TestSupport
import Testing

@testable import HTTPDoor

@Suite struct `Callers that a loopback door does not know` {
    static let secret = String(repeating: "0123456789abcdef", count: 4)

    /// Opens a loopback door with one token.
    static func door<R>(origins: Set<String> = [], _ body: (OpenDoor, String) async throws -> R) async throws -> R {
        let token = try BearerToken("core", secret: .copying(secret.utf8), roles: [.observer])
        return try await OpenDoor.at(.loopback(LoopbackPlace(port: 0, tokens: [token], origins: origins))) { door in
            guard case .tcp(_, let port) = door.address else { throw DoorNeverOpened() }
            return try await body(door, "127.0.0.1:\(port)")
        }
    }

    static let bearer = "Authorization: Bearer \(secret)"

    @Test func `a host that a page made point here is refused`() async throws {
        try await Self.door { door, host in
            for foreign in [
                "evil.example", "evil.example:80", "127.0.0.1", "127.0.0.1:1", "localhost.evil.example", host + ".evil.example", "",
            ] {
                let answer = try await RawPeer.send(
                    RawPeer.request("GET /v1/things", [Self.bearer], host: foreign), to: door.address)
                #expect(answer.status == 421, "\(foreign)")
            }
            #expect(door.calls.all == [])
            let known = try await RawPeer.send(RawPeer.request("GET /v1/things", [Self.bearer], host: host), to: door.address)
            #expect(known.status == 200)
            #expect(door.calls.all == ["list by token core"])
        }
    }

    @Test(arguments: ["http://evil.example", "null", "https://127.0.0.1", "file://"])
    func `a page of a foreign origin is refused, and no browser is told otherwise`(_ origin: String) async throws {
        try await Self.door(origins: ["https://bank.example"]) { door, host in
            let fields = [Self.bearer, "Origin: \(origin)"]
            let answer = try await RawPeer.send(RawPeer.request("GET /v1/things", fields, host: host), to: door.address)
            #expect(answer.status == 403)
            #expect(!answer.lowercased().contains("access-control-allow"))
            let asked = try await RawPeer.send(RawPeer.request("OPTIONS /v1/things", fields, host: host), to: door.address)
            #expect(asked.status == 403)
            #expect(door.calls.all == [])
            let listed = [Self.bearer, "Origin: https://bank.example"]
            #expect(try await RawPeer.send(RawPeer.request("GET /v1/things", listed, host: host), to: door.address).status == 200)
        }
    }

    @Test func `capitals in a list of hosts and origins make no difference`() async throws {
        let token = try BearerToken("core", secret: .copying(Self.secret.utf8), roles: [.observer])
        let place = LoopbackPlace(port: 0, tokens: [token], hosts: ["Core.Example:8731"], origins: ["https://Bank.Example"])
        try await OpenDoor.at(.loopback(place)) { door in
            for (host, origin) in [("core.example:8731", "https://bank.example"), ("CORE.EXAMPLE:8731", "https://Bank.Example")] {
                let fields = [Self.bearer, "Origin: \(origin)"]
                let answer = try await RawPeer.send(RawPeer.request("GET /v1/things", fields, host: host), to: door.address)
                #expect(answer.status == 200)
            }
        }
    }

    @Test func `a form cannot be posted`() async throws {
        try await Self.door { door, host in
            for type in [
                "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain", "text/plain; a=application/json",
            ] {
                let fields = [Self.bearer, "Content-Type: \(type)", "Content-Length: 2"]
                let answer = try await RawPeer.send(
                    RawPeer.request("POST /v1/things", fields, body: "{}", host: host), to: door.address)
                #expect(answer.status == 415, "\(type)")
                #expect(answer.contains("\r\nAccept: application/json\r\n"))
            }
            let bare = try await RawPeer.send(
                RawPeer.request("POST /v1/things", [Self.bearer, "Content-Length: 2"], body: "{}", host: host), to: door.address)
            #expect(bare.status == 415)
            #expect(door.calls.all == [])
        }
    }

    @Test func `without the token nothing is dispatched`() async throws {
        try await Self.door { door, host in
            let wrong = String(Self.secret.dropLast()) + "0"
            for fields in [
                [], ["Authorization: Bearer"], ["Authorization: Bearer "], ["Authorization: Bearer \(wrong)"],
                ["Authorization: Basic \(Self.secret)"], ["Authorization: Bearer \(Self.secret)0"], [Self.bearer, Self.bearer],
                ["Cookie: token=\(Self.secret)"],
            ] {
                let answer = try await RawPeer.send(RawPeer.request("GET /v1/things", fields, host: host), to: door.address)
                #expect(answer.status == 401, "\(fields)")
                #expect(answer.contains("\r\nWWW-Authenticate: Bearer"))
                #expect(answer.contains(#""code":"unauthenticated""#))
            }
            let query = try await RawPeer.send(
                RawPeer.request("GET /v1/things?access_token=\(Self.secret)", host: host), to: door.address)
            #expect(query.status == 401)
            #expect(door.calls.all == [])
        }
    }

    @Test func `nobody learns without a token which paths there are`() async throws {
        try await Self.door { door, host in
            let real = try await RawPeer.send(RawPeer.request("GET /v1/things", host: host), to: door.address)
            let none = try await RawPeer.send(RawPeer.request("GET /v1/nothing", host: host), to: door.address)
            #expect(real.status == 401)
            #expect(none.status == 401)
        }
    }

    @Test func `a token is long, and made of a token's characters`() {
        for secret in [
            "", "short", String(repeating: "a", count: 31), String(repeating: "a b", count: 20), String(repeating: "é", count: 40),
        ] {
            #expect(throws: DoorError.weakToken("core")) { try BearerToken("core", secret: .copying(secret.utf8), roles: []) }
        }
    }
}

@Suite struct `Callers that a socket does not know` {
    @Test func `another user is turned away before a byte is read`() async throws {
        let reader: PeerCredentials.Reader = { channel in
            channel.eventLoop.makeSucceededFuture(PeerCredentials(process: 1, user: geteuid() + 1, group: 1))
        }
        try await OpenDoor.atSocket(credentials: reader) { door in
            let answer = try await RawPeer.send(RawPeer.request("GET /v1/things"), to: door.address)
            #expect(answer == "")
            #expect(door.calls.all == [])
        }
    }

    @Test(.enabled(if: geteuid() == 0, "another user can be played by root alone"))
    func `the kernel says that it is another user`() async throws {
        try await TemporaryFolder.lend { folder in
            // Open to all, so that it is the credentials that decide.
            let place = UnixPlace(folder + "/door.sock", roles: [geteuid(): [.observer]], mode: 0o666)
            try await OpenDoor.at(.unix(place)) { door in
                chmod(folder, 0o755)
                let url = "http://localhost/v1/things"
                let curl = ["--silent", "--show-error", "--max-time", "60", "--unix-socket", place.path, url]
                let foreign = try await ChildProgram.run(
                    "setpriv", ["--reuid", "65534", "--regid", "65534", "--clear-groups", "curl"] + curl)
                #expect(foreign.status != 0)
                #expect(foreign.output.isEmpty)
                #expect(door.calls.all == [])
                let own = try await ChildProgram.run("curl", curl)
                #expect(own.text == "things")
            }
        }
    }

    @Test func `a role that a user does not have opens nothing`() async throws {
        try await OpenDoor.atSocket(roles: [.observer]) { door in
            let answer = try await RawPeer.send(RawPeer.request("GET /v1/refused"), to: door.address)
            #expect(answer.status == 403)
            #expect(answer.contains(#""code":"roleMissing""#))
            #expect(door.calls.all == [])
        }
    }
}
