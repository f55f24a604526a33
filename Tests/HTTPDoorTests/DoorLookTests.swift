import Foundation
import Testing

@testable import HTTPDoor

/// What a door would meet at its place, seen without opening it, and what a door says of its own paths.
@Suite struct DoorLookTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "tessera-look-\(UUID().uuidString.prefix(8))").path

    private func look(_ path: String) -> DoorError? {
        do throws(DoorError) {
            try DoorPlace.unix(UnixPlace(path, roles: [:])).look()
            return nil
        } catch { return error }
    }

    @Test func `a socket's folder is judged as the door does it, and not made`() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        #expect(look(folder + "/socket") == nil && !FileManager.default.fileExists(atPath: folder))
        guard case .system(call: "mkdir", _, _) = look(folder + "/deeper/socket") else {
            Issue.record("\(String(describing: look(folder + "/deeper/socket")))")
            return
        }
        #expect(look(folder + "/deeper/socket")?.hint.hasPrefix("make the folder above it") == true)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        #expect(look(folder + "/socket") == nil)
        chmod(folder, 0o770)
        #expect(look(folder + "/socket") == .unsafeFolder(folder, why: "others can write into it"))
        chmod(folder, 0o700)
        try Data().write(to: URL(filePath: folder + "/socket"))
        #expect(look(folder + "/socket") == .inTheWay(folder + "/socket", what: "a file"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["socket"])
        guard case .unusablePath = look("relative"), case .unusablePath = look("/" + String(repeating: "x", count: 103)) else {
            Issue.record("an unusable path was taken")
            return
        }
    }

    @Test func `a port that somebody has is told, and one that is free stays so`() async throws {
        try await `Callers that a loopback door does not know`.door { _, authority in
            let port = try #require(Int(authority.split(separator: ":")[1]))
            let place = DoorPlace.loopback(LoopbackPlace(port: port, tokens: nil))
            #expect(throws: DoorError.self) { try place.look() }
        }
        try DoorPlace.loopback(LoopbackPlace(port: 0, tokens: nil)).look()
        let tls = TLSPlace(address: "192.0.2.1", port: 1, certificates: "", key: "", clientRoots: "", roles: [:])
        #expect(throws: DoorError.self) { try DoorPlace.tls(tls).look() }
    }

    @Test func `what is not there, or comes in another form, is told with what there is`() async throws {
        typealias Callers = `Callers that a loopback door does not know`
        try await Callers.door { door, host in
            let absent = try await RawPeer.send(RawPeer.request("GET /v1/thinks", [Callers.bearer], host: host), to: door.address)
            #expect(absent.status == 404 && absent.contains("there are: ") && absent.contains("/v1/things"))
            #expect(!absent.contains("openapi.yaml"))
            let form = [Callers.bearer, "Content-Type: application/x-www-form-urlencoded", "Content-Length: 1"]
            let other = try await RawPeer.send(RawPeer.request("POST /v1/things", form, host: host) + "x", to: door.address)
            #expect(other.status == 415 && other.contains("send the header Content-Type: application/json"))
        }
    }
}
