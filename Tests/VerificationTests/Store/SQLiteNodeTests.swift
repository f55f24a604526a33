import Foundation
import Testing
import Verification

@testable import SQLiteStore

/// A node's name over a store in a file is a lock, which nobody shares.
struct SQLiteNodeTests {
    private func isFree(_ name: String, beside path: String) throws -> Bool {
        if case .held = try SQLiteNode.take(name, beside: path) { true } else { false }
    }

    @Test func `one has a name at a time, under whatever link the store goes, and for as long as it is kept`() throws {
        let folder = try TemporaryFolder()
        let (path, link) = (folder.path("store"), folder.path("link"))
        try Data().write(to: URL(filePath: path))
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
        do {
            let first = try SQLiteNode.take("n1", beside: path)
            guard case .held = first, case .taken(let process) = try SQLiteNode.take("n1", beside: path) else {
                Issue.record("two have one name")
                return
            }
            #expect(process == getpid())
            #expect(try !isFree("n1", beside: link))
            #expect(try isFree("n2", beside: path))
            withExtendedLifetime(first) {}
        }
        #expect(try isFree("n1", beside: path))
    }

    @Test(arguments: ["-node-n1", "-lock"])
    func `what is linked in place of a lock is refused, and left as it was`(_ suffix: String) throws {
        for isSymbolic in [true, false] {
            let folder = try TemporaryFolder()
            let (path, victim) = (folder.path("store"), folder.path("victim"))
            let text = Data("somebody else's".utf8)
            try text.write(to: URL(filePath: victim))
            if isSymbolic {
                try FileManager.default.createSymbolicLink(atPath: path + suffix, withDestinationPath: victim)
            } else {
                try FileManager.default.linkItem(atPath: victim, toPath: path + suffix)
            }
            let words = isSymbolic ? "is a link" : "is not a file of the store's own"
            #expect {
                if suffix == "-lock" { _ = try SQLiteStore(at: path, mark: .test) } else { _ = try SQLiteNode.take("n1", beside: path) }
            } throws: { "\($0)".contains(words) }
            #expect(try Data(contentsOf: URL(filePath: victim)) == text)
        }
    }
}
