import Foundation

@testable import PCSC

/// What this process holds of the kernel's.
struct Belongings: Equatable, CustomStringConvertible {
    /// Threads that were made for blocking calls.
    let threads: Int
    /// Open sockets.
    let sockets: Int

    /// How many threads for blocking calls sleep, as they do in a call that does not return.
    static var sleepingThreads: Int {
        let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")) ?? []
        return tasks.count { task in
            let stat = try? String(contentsOfFile: "/proc/self/task/\(task)/stat", encoding: .utf8)
            return stat?.contains("(\(BlockingThread.name)) S ") == true
        }
    }

    var description: String { "\(threads) threads for blocking calls, \(sockets) sockets" }

    static var ofThisProcess: Belongings {
        let manager = FileManager.default
        let tasks = (try? manager.contentsOfDirectory(atPath: "/proc/self/task")) ?? []
        let names = tasks.compactMap { try? String(contentsOfFile: "/proc/self/task/\($0)/comm", encoding: .utf8).filter { $0 != "\n" } }
        let descriptors = (try? manager.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        let targets = descriptors.compactMap { try? manager.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)") }
        return Belongings(
            threads: names.count { $0 == BlockingThread.name || $0 == BlockingThread.holdingName },
            sockets: targets.count { $0.hasPrefix("socket:") })
    }
}
