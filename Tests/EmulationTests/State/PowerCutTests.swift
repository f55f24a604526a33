import Foundation
import Testing

@testable import Emulation

/// A state file on a disk whose power is cut, or that refuses, at every call.
@Suite struct PowerCutTests {
    private let path = "/nonexistent/tessera/card"

    /// A card with five tries on a disk, whose next write changes them to four.
    private func begun(sealed: Bool) throws -> (FailingDisk, CardStateFile.Keeper) {
        let disk = FailingDisk()
        let keeper = try CardStateFile.create(
            at: path, TestSnapshots.snapshot(), seal: sealed ? TestSnapshots.seal() : nil, on: disk)
        return (disk, keeper)
    }

    private func tries(on disk: FailingDisk, seal: CardStateSeal?) throws -> UInt8? {
        let bytes = try #require(try disk.read(path, limit: .max))
        return try CardStateDocument.parsing(bytes, path).snapshot(path, seal: seal).tries
    }

    @Test(arguments: [false, true])
    func `after a power cut at any call the file has the old state or the new one`(sealed: Bool) throws {
        var outcomes = 0
        for call in 0...100 {
            let (disk, keeper) = try begun(sealed: sealed)
            disk.trouble(after: call, isPowerCut: true)
            let cells = try TestSnapshots.cells(tries: 4)
            let isKept = Result { () throws(CardMemoryError) in try keeper.keep(cells) }.isSuccess
            for survivor in disk.survivors {
                let tries = try tries(on: survivor, seal: keeper.seal)
                // Once the card has been told that it is kept, nothing brings the old state back.
                #expect(isKept ? tries == 4 : tries == 4 || tries == 5, "after call \(call)")
                outcomes += 1
            }
            guard !isKept else {
                print("power cut: \(call) calls a write, \(outcomes) disks after them, every file whole")
                #expect(call >= 8)
                return
            }
        }
        Issue.record("no write came to an end")
    }

    @Test func `a file is there whole or not at all, whenever power is cut while it is made`() throws {
        for call in 0...100 {
            let disk = FailingDisk()
            disk.trouble(after: call, isPowerCut: true)
            let snapshot = try TestSnapshots.snapshot()
            let made = Result { () throws(CardStateError) in try CardStateFile.create(at: path, snapshot, seal: nil, on: disk) }
            for survivor in disk.survivors where try survivor.read(path, limit: .max) != nil {
                #expect(try tries(on: survivor, seal: nil) == 5)
            }
            if made.isSuccess { return }
            // What was left behind is in nobody's way.
            for survivor in disk.survivors where try survivor.read(path, limit: .max) == nil {
                let keeper = try CardStateFile.create(at: path, TestSnapshots.snapshot(), seal: nil, on: survivor)
                try keeper.keep(TestSnapshots.cells(tries: 3))
                #expect(try tries(on: survivor, seal: nil) == 3)
            }
        }
        Issue.record("no file was made")
    }

    @Test func `a disk that refuses one call is told, and the card goes on with what is on it`() throws {
        var unsettled = 0
        for call in 0...100 {
            let (disk, keeper) = try begun(sealed: false)
            let memory = CardMemory(try TestSnapshots.snapshot().cells) { cells throws(CardMemoryError) in try keeper.keep(cells) }
            disk.trouble(after: call, isPowerCut: false)
            do throws(CardMemoryError) {
                try memory.write(["PIV PIN tries": .bytes([4, 5])])
            } catch {
                #expect(error.description.contains("No space left on device"))
                let left = try #require(try tries(on: disk, seal: nil))
                #expect(memory.bytes("PIV PIN tries") == [left, 5], "call \(call)")
                guard case .unsettled = error else {
                    #expect(left == 5)
                    try memory.write(["PIV PIN tries": .bytes([3, 5])])
                    #expect(try tries(on: disk, seal: nil) == 3)
                    #expect(try disk.read(path + ".new", limit: .max) == nil)
                    continue
                }
                #expect(left == 4)
                unsettled += 1
                #expect(throws: CardMemoryError.notKept("its file is closed")) { try memory.write(["PIV PIN tries": .bytes([3, 5])]) }
                #expect(try tries(on: disk, seal: nil) == 4)
                let (again, snapshot) = try CardStateFile.open(at: path, passphrase: nil, on: disk)
                #expect(snapshot.tries == 4)
                try again.keep(TestSnapshots.cells(tries: 3))
                #expect(try tries(on: disk, seal: nil) == 3)
                continue
            }
            #expect(memory.bytes("PIV PIN tries") == [4, 5])
            #expect(try tries(on: disk, seal: nil) == 4)
            // Opening and synchronising the folder are the last two calls of a write.
            #expect(unsettled == 2)
            return
        }
        Issue.record("no write came to an end")
    }

    @Test func `a folder that knows no fsync is as good as one that does, and no other refusal is`() throws {
        let (disk, keeper) = try begun(sealed: false)
        disk.refuseFolder(EINVAL)
        try keeper.keep(TestSnapshots.cells(tries: 4))
        #expect(try tries(on: disk, seal: nil) == 4)
        disk.refuseFolder(EIO)
        #expect(throws: CardMemoryError.unsettled("fsync \"\(path)\": refused")) { try keeper.keep(TestSnapshots.cells(tries: 3)) }
        #expect(throws: CardMemoryError.notKept("its file is closed")) { try keeper.keep(TestSnapshots.cells(tries: 2)) }
    }

    @Test func `a file that may not last is not left behind as a new card`() throws {
        let disk = FailingDisk()
        disk.refuseFolder(EIO)
        let snapshot = try TestSnapshots.snapshot()
        let made = Result { () throws(CardStateError) in try CardStateFile.create(at: path, snapshot, seal: nil, on: disk) }
        #expect(!made.isSuccess)
        #expect(try disk.read(path, limit: .max) == nil)
    }

    @Test func `a call that a signal interrupts is repeated, and no other`() {
        var results = [(-1, EINTR), (-1, EINTR), (7, 0), (9, 0)]
        func next() -> Int {
            let (result, number) = results.removeFirst()
            errno = number
            return result
        }
        #expect(uninterrupted(next) == 7)
        results = [(-1, EIO), (9, 0)]
        #expect(uninterrupted(next) == -1)
        #expect(results.count == 1)
    }

    @Test func `a card that nobody holds any more changes nothing`() throws {
        let (disk, keeper) = try begun(sealed: false)
        keeper.close()
        #expect(throws: CardMemoryError.notKept("its file is closed")) { try keeper.keep(TestSnapshots.cells(tries: 4)) }
        #expect(try tries(on: disk, seal: nil) == 5)
    }
}

extension Result {
    fileprivate var isSuccess: Bool { if case .success = self { true } else { false } }
}
