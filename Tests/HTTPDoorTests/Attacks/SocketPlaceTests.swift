import Foundation
import NIOCore
import NIOPosix
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

    @Test func `a socket that is served stays, also when its lock was removed`() async throws {
        try await TemporaryFolder.lend { folder in
            let path = folder + "/door.sock"
            try await OpenDoor.at(door(at: path)) { first in
                try FileManager.default.removeItem(atPath: path + ".lock")
                await #expect(throws: DoorError.taken(path: path, process: getpid())) {
                    try await OpenDoor.at(door(at: path)) { _ in }
                }
                #expect(try await RawPeer.send(RawPeer.request("GET /v1/things"), to: first.address).status == 200)
            }
        }
    }

    @Test func `a socket of another kind that somebody has stays, and no door opens there`() async throws {
        try await TemporaryFolder.lend { folder in
            let path = folder + "/door.sock"
            let other = try await DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton).bind(unixDomainSocketPath: path).get()
            defer { other.close(promise: nil) }
            let there = try #require(try FileStatus.ofName(path)).identity
            let refusal = DoorError.system(call: "connect", path: path, why: String(cString: strerror(EPROTOTYPE)))
            #expect(throws: refusal) { try door(at: path).look() }
            await #expect(throws: refusal) { try await OpenDoor.at(door(at: path)) { _ in } }
            #expect(try FileStatus.ofName(path)?.identity == there)
        }
    }

    @Test func `a lock that is another file's second name is not written to`() async throws {
        try await TemporaryFolder.lend { folder in
            let path = folder + "/door.sock"
            try Data("precious".utf8).write(to: URL(filePath: folder + "/precious"))
            try FileManager.default.linkItem(atPath: folder + "/precious", toPath: path + ".lock")
            await #expect(throws: DoorError.inTheWay(path + ".lock", what: "a file with 2 names")) {
                try await OpenDoor.at(door(at: path)) { _ in }
            }
            #expect(try Data(contentsOf: URL(filePath: folder + "/precious")) == Data("precious".utf8))
        }
    }

    @Test func `a door that is closed leaves what another has put in its place`() async throws {
        try await TemporaryFolder.lend { folder in
            let path = folder + "/door.sock"
            try await OpenDoor.at(door(at: path)) { _ in
                try FileManager.default.removeItem(atPath: path)
                try Data("another's".utf8).write(to: URL(filePath: path))
            }
            #expect(FileManager.default.fileExists(atPath: path))
        }
    }

    @Test func `a socket that does not get its mode is not served`() async throws {
        try await TemporaryFolder.lend { folder in
            let path = folder + "/door.sock"
            var open = Door(Calls().routes(), at: door(at: path), logger: .silent) { _ in Issue.record("it is open") }
            let fault = DoorError.system(call: "chmod", path: path, why: "no")
            let refuse: @Sendable (mode_t, String) throws(DoorError) -> Void = { _, _ throws(DoorError) in throw fault }
            open.setMode = refuse
            let opening = open
            await #expect(throws: fault) { try await opening.run() }
            #expect(!FileManager.default.fileExists(atPath: path))
        }
    }

    @Test func `a folder further up that a group can write into is refused, and a link of one's own is not`() async throws {
        try await TemporaryFolder.lend { folder in
            let shared = folder + "/shared"
            try FileManager.default.createDirectory(atPath: shared + "/own", withIntermediateDirectories: true)
            try FileManager.default.createSymbolicLink(atPath: folder + "/link", withDestinationPath: "./shared/../shared")
            chmod(shared + "/own", 0o700)
            chmod(shared, 0o770)
            for way in [shared, folder + "/link"] {
                await #expect(throws: DoorError.unsafeFolder(shared, why: "its group can write into it")) {
                    try await OpenDoor.at(door(at: way + "/own/door.sock")) { _ in }
                }
            }
            chmod(shared, 0o1777)
            try await OpenDoor.at(door(at: folder + "/link/own/door.sock")) { _ in }
        }
    }

    @Test(.enabled(if: geteuid() == 0, "a link can be given away by root alone"))
    func `a link of another user on the way is refused`() async throws {
        try await TemporaryFolder.lend { folder in
            let link = folder + "/link"
            try FileManager.default.createDirectory(atPath: folder + "/real", withIntermediateDirectories: false)
            try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: folder + "/real")
            lchown(link, 65_534, 65_534)
            await #expect(throws: DoorError.unsafeFolder(link, why: "it belongs to user 65534")) {
                try await OpenDoor.at(door(at: link + "/own/door.sock")) { _ in }
            }
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
