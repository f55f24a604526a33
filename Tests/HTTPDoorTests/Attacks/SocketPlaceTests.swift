import Foundation
import TestSupport
import Testing

@testable import HTTPDoor

@Suite struct `The place of a socket` {
    private func door(at path: String) -> DoorPlace { .unix(UnixPlace(path, roles: [geteuid(): [.observer]])) }

    @Test func `a second daemon is told who is there, and the first one keeps its socket`() async throws {
        try await TemporaryFolder.lend { folder in
            let path = folder + "/door.sock"
            try await OpenDoor.at(door(at: path)) { first in
                await #expect(throws: DoorError.taken(path: path, process: getpid())) {
                    try await OpenDoor.at(door(at: path)) { _ in }
                }
                let answer = try await RawPeer.send(RawPeer.request("GET /v1/things"), to: first.address)
                #expect(answer.status == 200)
            }
            #expect(!FileManager.default.fileExists(atPath: path))
        }
    }

    @Test func `a socket that a dead daemon left is replaced`() async throws {
        try await TemporaryFolder.lend { folder in
            let path = folder + "/door.sock"
            let left = try await ChildProgram.run(
                "python3", ["-c", "import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])", path])
            #expect(left.status == 0)
            #expect(FileManager.default.fileExists(atPath: path))
            try await OpenDoor.at(door(at: path)) { door in
                #expect(try await RawPeer.send(RawPeer.request("GET /v1/things"), to: door.address).status == 200)
                let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
                #expect(mode == 0o600)
            }
        }
    }

    @Test(arguments: ["door.sock", "door.sock.lock"])
    func `a symbolic link or a file in its place stays untouched`(_ name: String) async throws {
        try await TemporaryFolder.lend { folder in
            let target = folder + "/precious"
            try Data("precious".utf8).write(to: URL(filePath: target))
            try FileManager.default.createSymbolicLink(atPath: folder + "/" + name, withDestinationPath: target)
            await #expect(throws: DoorError.inTheWay(folder + "/" + name, what: "a symbolic link")) {
                try await OpenDoor.at(door(at: folder + "/door.sock")) { _ in }
            }
            #expect(try Data(contentsOf: URL(filePath: target)) == Data("precious".utf8))
        }
        try await TemporaryFolder.lend { folder in
            let path = folder + "/door.sock"
            try Data("precious".utf8).write(to: URL(filePath: path))
            await #expect(throws: DoorError.inTheWay(path, what: "a file")) { try await OpenDoor.at(door(at: path)) { _ in } }
            #expect(try Data(contentsOf: URL(filePath: path)) == Data("precious".utf8))
        }
    }

    @Test func `a folder that others can write into is refused, and a new one is closed to them`() async throws {
        try await TemporaryFolder.lend { folder in
            for mode in [0o770, 0o707, 0o1777] {
                let open = folder + "/open-\(mode)"
                try FileManager.default.createDirectory(atPath: open, withIntermediateDirectories: false)
                chmod(open, mode_t(mode))
                await #expect(throws: DoorError.unsafeFolder(open, why: "others can write into it")) {
                    try await OpenDoor.at(door(at: open + "/door.sock")) { _ in }
                }
            }
            try await OpenDoor.at(door(at: folder + "/new/door.sock")) { _ in
                let mode = try FileManager.default.attributesOfItem(atPath: folder + "/new")[.posixPermissions] as? Int
                #expect(mode == 0o700)
            }
        }
    }

    @Test(.enabled(if: geteuid() == 0, "a folder can be given away by root alone"))
    func `a folder of another user is refused`() async throws {
        try await TemporaryFolder.lend { folder in
            let foreign = folder + "/foreign"
            try FileManager.default.createDirectory(
                atPath: foreign, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
            chown(foreign, 65_534, 65_534)
            await #expect(throws: DoorError.unsafeFolder(foreign, why: "it belongs to user 65534")) {
                try await OpenDoor.at(door(at: foreign + "/door.sock")) { _ in }
            }
            await #expect(throws: (any Error).self) { try await OpenDoor.at(door(at: foreign + "/deeper/door.sock")) { _ in } }
        }
    }

    @Test(arguments: ["door.sock", "", "/tmp/", "/tmp/" + String(repeating: "a", count: 100)])
    func `a path that no socket can have is refused`(_ path: String) async throws {
        await #expect {
            try await OpenDoor.at(door(at: path)) { _ in }
        } throws: { error in
            guard case .unusablePath(path, _)? = error as? DoorError else { return false }
            return true
        }
    }

    @Test func `every error says what to do`() {
        let errors: [DoorError] = [
            .taken(path: "/a", process: 1), .taken(path: "/a", process: nil), .unsafeFolder("/a", why: "x"),
            .inTheWay("/a", what: "a file"),
            .unusablePath("/a", why: "x"), .weakToken("a"), .certificate("/a", why: "x"), .cannotListen("/a", why: "x"),
            .system(call: "open", path: "/a", why: "x"),
        ]
        for error in errors {
            #expect(!error.description.isEmpty)
            #expect(!error.hint.isEmpty)
        }
        #expect(errors[0].description.contains("process 1"))
    }
}
