import Foundation
import TestSupport
import Testing

/// `tessera demo` in the browser, as far as its terminal shows it; what the page does is judged by `ConsoleTests`.
@Suite struct DemoPageTests {
    /// A demo on a free port, its page's address, and the folder that it keeps everything in.
    private func begin() async throws -> (demo: RunningProgram, address: String, folder: String) {
        let demo = try RunningProgram("demo", "--port", "0")
        let page = /Open (http:\/\/127\.0\.0\.1:[0-9]+\/) in a browser/
        try #require(await eventually { demo.output.contains(page) }, "\(demo.output)\(demo.errors)")
        let address = try String(#require(demo.output.firstMatch(of: page)).1)
        let links = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(demo.identifier)/fd").compactMap {
            try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(demo.identifier)/fd/\($0)")
        }
        let store = try #require(links.first { $0.hasSuffix("/bank.sqlite") }, "\(links)")
        return (demo, address, String(store.dropLast("/bank.sqlite".count)))
    }

    @Test(arguments: [SIGINT, SIGTERM])
    func `a signal ends it while a page listens, and nothing of it is left`(signal: Int32) async throws {
        let (demo, address, folder) = try await begin()
        let cookies = try Folder()
        _ = try await ChildProgram.run("curl", ["-sS", "-c", cookies.path("jar"), address + "api/state"])
        let page = try RunningProgram.shell("exec curl -sSN -b '\(cookies.path("jar"))' '\(address)api/events'")
        try #require(await eventually { page.output.contains("event: open") }, "\(page.output)\(page.errors)")
        #expect(FileManager.default.fileExists(atPath: folder))
        demo.send(signal)
        let end = try await demo.end()
        #expect(end.status == 0, "\(end.complaints)")
        #expect(!FileManager.default.fileExists(atPath: folder))
        // The page's stream was ended, not cut off.
        #expect(try await page.end().status == 0)
    }

    @Test func `a port that is taken is said so`() async throws {
        let (demo, address, _) = try await begin()
        let port = try #require(URL(string: address)?.port)
        let second = try await Program.run("demo", "--port", "\(port)")
        #expect(second.status == 3)
        #expect(second.failure?.error == "cannot listen at 127.0.0.1:\(port): Address already in use", "\(second.complaints)")
        #expect(second.failure?.hint == "choose another port or address")
        demo.send(SIGINT)
        _ = try await demo.end()
    }
}
