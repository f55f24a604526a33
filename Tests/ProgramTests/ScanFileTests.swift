import Foundation
import TestSupport
import Testing

/// The files that `tessera scan` keeps.
@Suite struct ScanFileTests {
    private func rights(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    @Test func `only their owner may read them, before and after they are written anew`() async throws {
        let bench = try await ScanBench()
        #expect(try [bench.bank, bench.device].map(rights) == [0o600, 0o600])
        _ = try await bench.challenge()
        _ = try await bench.read("code.png", "--yes")
        #expect(try [bench.bank, bench.device].map(rights) == [0o600, 0o600])
        #expect(try bench.folder.names == ["bank.json", "code.png", "scan.json"], "neither a draft nor a lock stays behind")
    }

    @Test func `a pair never takes the place of another one`() async throws {
        let bench = try await ScanBench()
        let former = try bench.folder.read("bank.json")
        let outcome = try await Program.run("scan", "pair", "--bank", bench.bank, "--device", bench.path("new.json"))
        #expect(outcome.status == 2)
        #expect(outcome.failure?.error == "\"\(bench.bank)\" is there already")
        #expect(try bench.folder.read("bank.json") == former)
        #expect(!FileManager.default.fileExists(atPath: bench.path("new.json")))
        let same = try await Program.run("scan", "pair", "--bank", bench.path("one"), "--device", bench.path("./one"))
        #expect(same.status == 2)
        #expect(!FileManager.default.fileExists(atPath: bench.path("one")))
    }

    @Test(arguments: ["a b", String(repeating: "x", count: 200), "\u{1B}[2J"])
    func `a serial number that is none makes no pair`(serial: String) async throws {
        let folder = try Folder()
        let outcome = try await Program.run(
            "scan", "pair", "--bank", folder.path("bank"), "--device", folder.path("scan"), "--serial=\(serial)")
        #expect(outcome.status == 2)
        #expect(outcome.failure != nil)
        #expect(!outcome.complaints.contains("\u{1B}"))
        #expect(try folder.names.isEmpty)
    }

    @Test(arguments: ["", "{}", "[]", "null", "\u{0}", #"{"serial": "SCAN-0001"}"#])
    func `garbage is no state file`(text: String) async throws {
        let bench = try await ScanBench()
        _ = try await bench.challenge()
        try bench.folder.write(text, to: "garbage.json")
        for arguments in [
            ["scan", "read", "--device", bench.path("garbage.json"), "--yes", bench.path("code.png")],
            ["scan", "challenge", "--bank", bench.path("garbage.json")],
            ["scan", "verify", "--bank", bench.path("garbage.json"), "12345678"],
        ] {
            let outcome = try await Program.run(arguments)
            #expect(outcome.status == 2)
            let side = arguments[1] == "read" ? "the state of a Scan" : "the bank's side of a test pair"
            #expect(outcome.failure?.error == "\"\(bench.path("garbage.json"))\" is not \(side)")
        }
    }

    /// Every field in turn, with a value of the right type that cannot be what was written.
    @Test func `a bank's file with a spoilt key is refused as a whole`() async throws {
        let bench = try await ScanBench()
        _ = try await bench.challenge()
        let good = try #require(try JSONSerialization.jsonObject(with: bench.folder.read("bank.json")) as? [String: Any])
        for field in ["issuerKey", "deviceKey", "factorySecret", "pending", "kind"] {
            var spoilt = good
            spoilt[field] = "AAAA"
            try JSONSerialization.data(withJSONObject: spoilt).write(to: bench.folder.url.appending(path: "spoilt.json"))
            let outcome = try await Program.run("scan", "challenge", "--bank", bench.path("spoilt.json"))
            #expect(outcome.status == 2, "\(field)")
            #expect(outcome.failure?.hint == "make a pair with \"tessera scan pair\"", "\(field): \(outcome.complaints)")
        }
    }

    @Test func `a device's file that was changed by hand, cut off, or is newer, is refused as a whole`() async throws {
        let bench = try await ScanBench()
        _ = try await bench.challenge()
        let good = String(decoding: try bench.folder.read("scan.json"), as: UTF8.self)
        for (text, complaint) in [
            (good.replacing("SCAN-0001", with: "SCAN-0002"), "is damaged"), (String(good.dropLast(30)), "is damaged"),
            (good.replacing("\"version\" : 1", with: "\"version\" : 2"), "has version 2"),
        ] {
            try bench.folder.write(text, to: "other.json")
            let outcome = try await Program.run("scan", "read", "--device", bench.path("other.json"), "--yes", bench.path("code.png"))
            #expect(outcome.status == 1)
            #expect(outcome.failure?.error.contains(complaint) == true, "\(outcome.complaints)")
        }
    }

    @Test func `the two sides are not taken for each other`() async throws {
        let bench = try await ScanBench()
        let outcome = try await Program.run("scan", "challenge", "--bank", bench.device)
        #expect(outcome.status == 2)
    }

    @Test func `a missing file is told by name`() async throws {
        let bench = try await ScanBench()
        let outcome = try await Program.run("scan", "challenge", "--bank", bench.path("missing.json"))
        #expect(outcome.status == 3)
        #expect(outcome.failure?.error == "cannot read \"\(bench.path("missing.json"))\"")
    }

    @Test func `a picture goes to standard output, too, and never takes the place of a device`() async throws {
        let bench = try await ScanBench()
        let outcome = try await ChildProgram.run(
            "/bin/sh", ["-c", "'\(Program.path)' scan challenge --bank '\(bench.bank)' --png /dev/stdout | head -c 8"])
        #expect(Array(outcome.output) == [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
        #expect((try? FileManager.default.destinationOfSymbolicLink(atPath: "/dev/stdout")) != nil)
    }

    @Test func `a picture that cannot be written is told by name`() async throws {
        let bench = try await ScanBench()
        let outcome = try await Program.run("scan", "challenge", "--bank", bench.bank, "--png", "/nonexistent/code.png")
        #expect(outcome.status == 3)
        #expect(outcome.failure?.error == "cannot write \"/nonexistent/code.png\"")
        #expect(outcome.failure?.hint == "check the folder and its rights, and the space on the disk")
    }
}
