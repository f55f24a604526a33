import ISO7816
import Testing

@testable import Emulation

/// SELECT in its forms; ISO/IEC 7816-4, 11.2.2.
@Suite struct FileTreeTests {
    private static let name: [UInt8] = [0xA0, 0x00, 0x00, 0x00, 0x63, 0x01]

    private func tree() -> FileTree {
        FileTree([
            CardFile([0x2F00], .transparent),
            CardFile([0x5015], .directory(name: Self.name)),
            CardFile([0x5015, 0x5031], .transparent, shortIdentifier: 0x11),
            CardFile([0x5015, 0x6000], .directory(name: nil)),
            CardFile([0x5015, 0x6000, 0x5031], .transparent),
            CardFile([0x5016], .directory(name: [0xA0, 0x00, 0x00, 0x00, 0x63, 0x02])),
        ])
    }

    @Test func `by identifier it finds children first, then what lies around`() {
        var tree = tree()
        #expect(tree.select(identifier: 0x5031, .any) == nil)
        #expect(tree.select(identifier: 0x5015, .any)?.path == [0x5015])
        #expect(tree.select(identifier: 0x5031, .any)?.path == [0x5015, 0x5031])
        #expect(tree.directory == [0x5015])
        #expect(tree.select(identifier: 0x5016, .any)?.path == [0x5016])
        #expect(tree.select(identifier: 0x3F00, .any)?.path == [])
        #expect(tree.select(identifier: 0x2F00, .child) == nil)
        #expect(tree.select(identifier: 0x5015, .elementary) == nil)
        #expect(tree.select(identifier: 0x2F00, .elementary)?.path == [0x2F00])
        #expect(tree.select(identifier: 0x5015, .child)?.path == [0x5015])
    }

    @Test func `paths lead from the master file or from the current directory`() {
        var tree = tree()
        #expect(tree.select(path: [0x5015, 0x6000, 0x5031], fromMaster: true)?.path == [0x5015, 0x6000, 0x5031])
        #expect(tree.select(path: [0x3F00, 0x5015, 0x5031], fromMaster: true)?.path == [0x5015, 0x5031])
        #expect(tree.select(path: [0x6000, 0x5031], fromMaster: false)?.path == [0x5015, 0x6000, 0x5031])
        #expect(tree.select(path: [0x6000, 0x5031], fromMaster: false) == nil)
        #expect(tree.selectParent()?.path == [0x5015])
        #expect(tree.selectParent()?.path == [])
        #expect(tree.selectParent()?.path == [])
    }

    @Test func `a directory is found by its whole name, and all names are told in order`() {
        var tree = tree()
        #expect(tree.names == [Self.name, [0xA0, 0x00, 0x00, 0x00, 0x63, 0x02]])
        #expect(tree.select(name: Self.name)?.path == [0x5015])
        #expect(tree.select(name: Array(Self.name.prefix(5))) == nil)
        #expect(tree.select(name: Self.name + [0]) == nil)
        #expect(tree.directory == [0x5015])
    }

    @Test func `what finds nothing changes nothing`() {
        var tree = tree()
        _ = tree.select(path: [0x5015, 0x5031], fromMaster: true)
        #expect(tree.select(path: [0x5015, 0x9999], fromMaster: true) == nil)
        #expect(tree.select(identifier: 0x9999, .any) == nil)
        #expect(tree.select(shortIdentifier: 0x12) == nil)
        #expect(tree.current.path == [0x5015, 0x5031])
        tree.reset()
        #expect(tree.current.path == [] && tree.directory == [])
    }
}
