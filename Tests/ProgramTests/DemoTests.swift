import Foundation
import TestSupport
import Testing

/// `tessera demo`, which is the first thing that anybody runs.
@Suite struct DemoTests {
    private struct Report: Decodable {
        struct Row: Decodable, Equatable {
            let device: String
            let login: String
            let payment: String
            let evidence: String?
            let milliseconds: Int
        }
        let devices: [Row]
        let succeeded: Bool
    }

    private static let names = ["Token", "Scan", "Mobile", "Smartcard", "Signing stick"]
    private static let evidence = ["operation", "content", "content", "content", "content"]

    @Test func `every device logs in and pays, and the table at the end says so`() async throws {
        let outcome = try await Program.run("demo", "--terminal")
        #expect(outcome.status == 0)
        #expect(outcome.complaints.isEmpty)
        let lines = outcome.text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
        let table = Array(lines.suffix(7))
        #expect(table[0].split(separator: " ").map(String.init) == ["device", "login", "payment", "evidence", "ms"])
        #expect(Set(table[1]) == ["─", " "])
        for (line, expected) in zip(table[2...], zip(Self.names, Self.evidence)) {
            #expect(line.hasPrefix(expected.0))
            let cells = line.dropFirst(expected.0.count).split(separator: " ").map(String.init)
            #expect(cells.prefix(3) == ["succeeded", "succeeded", expected.1])
            #expect(cells.count == 4 && Int(cells[3]) != nil)
        }
        #expect(Set(table.map(\.count)).count == 1, "the last column is set flush right")
        #expect(outcome.text.hasPrefix("5 devices"))
    }

    @Test func `the QR code on the screen is one that zbarimg reads`() async throws {
        let text = try await Program.run("demo", "--terminal").text
        let blocks = Set("█▀▄ ")
        let drawing = text.split(separator: "\n").map(String.init).filter { $0.count > 20 && $0.allSatisfy(blocks.contains) }
        let folder = try Folder()
        let screen = try TerminalScreen(showing: drawing.joined(separator: "\n"), ink: 255, ground: 0)
        try Data(screen.pgm).write(to: folder.url.appending(path: "screen.pgm"))
        let texts = try await zbarimg(folder.path("screen.pgm"))
        #expect(texts.count == 1)
        #expect(texts.first?.hasPrefix("SC1:") == true)
    }

    @Test func `for a program it says the same, and nothing else`() async throws {
        let outcome = try await Program.run("demo", "--json")
        #expect(outcome.status == 0)
        let report: Report = try outcome.json()
        #expect(report.succeeded)
        #expect(report.devices.map(\.device) == ["token", "scan", "mobile", "smartcard", "stick"])
        #expect(report.devices.map(\.evidence) == Self.evidence)
        #expect(report.devices.allSatisfy { $0.login == "succeeded" && $0.payment == "succeeded" })
    }

    @Test func `a person who agrees and knows the PIN gets through`() async throws {
        let answers = "y\ny\n" + String(repeating: "123456\n", count: 6)
        let outcome = try await Program.run("demo", "--ask", "--json", input: answers)
        #expect(outcome.status == 0)
        #expect(try outcome.json(Report.self).succeeded)
        #expect(outcome.complaints.contains("Agree? [y/N] "))
        #expect(outcome.complaints.contains("LU28 0019 4006 4475 0000"))
        #expect(!outcome.complaints.contains("123456"))
    }

    @Test func `a person who declines is believed, and the exit code is 1`() async throws {
        let answers = "y\nn\n" + String(repeating: "123456\n", count: 6)
        let outcome = try await Program.run("demo", "--ask", "--json", input: answers)
        #expect(outcome.status == 1)
        let report: Report = try outcome.json()
        #expect(!report.succeeded)
        #expect(report.devices.map { $0.payment == "succeeded" } == [true, false, true, true, true])
        #expect(report.devices[1].login == "succeeded")
        #expect(report.devices[1].evidence == nil)
    }

    @Test func `a wrong PIN is told with the tries that are left, and the exit code is 1`() async throws {
        let outcome = try await Program.run("demo", "--ask", input: "y\ny\n123456\n123456\n999999\n")
        #expect(outcome.status == 1)
        #expect(outcome.text.contains("wrong PIN") && outcome.text.contains("4 tries left"))
        #expect(!outcome.complaints.contains("999999"))
        #expect(outcome.text.split(separator: "\n").suffix(5).first?.hasPrefix("Token") == true)
    }

    @Test func `nobody to ask is a failure of every device that asks`() async throws {
        let outcome = try await Program.run("demo", "--ask", "--json")
        #expect(outcome.status == 1)
        let report: Report = try outcome.json()
        #expect(report.devices.map { $0.payment == "succeeded" } == [true, false, false, false, false])
    }

    @Test func `nothing stays behind in the temporary folder, even when it is broken off`() async throws {
        let folder = try Folder()
        let environment = ["TMPDIR": folder.url.path]
        _ = try await Program.run(["demo", "--json"], environment: environment)
        #expect(try folder.names.isEmpty)
        let program = try RunningProgram("demo", "--ask", environment: environment)
        #expect(await program.says("Agree? [y/N] "))
        #expect(try folder.names.count == 1)
        program.send(SIGINT)
        let outcome = try await program.end()
        #expect(outcome.status == 130)
        #expect(try folder.names.isEmpty)
    }
}
