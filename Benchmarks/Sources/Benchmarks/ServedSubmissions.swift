import Foundation

/// Right codes of Tokens, submitted by several processes to one PostgreSQL server.
final class ServedSubmissions: Workload {
    let name = "Operations.submit"
    private let processes: [SubmittingProcess]

    /// - Parameter callers: how many submit at the same time, in all processes together.
    init(at server: PrivateServer, processes count: Int, callers: Int) async throws {
        let address = server.newAddress()
        var started: [SubmittingProcess] = []
        for number in 0..<min(count, callers) {
            let share = callers / count + (number < callers % count ? 1 : 0)
            started.append(try SubmittingProcess(at: address, callers: max(1, share), prefix: "\(number)-"))
            // One after the other, so that the first makes the tables.
            try started[number].hear("ready")
        }
        processes = started
    }

    func prepare(_ count: Int) throws { try all("prepare", count) }

    func run(_ count: Int) throws { try all("run", count) }

    /// Has all processes do their part of `count`, and waits for the last.
    private func all(_ word: String, _ count: Int) throws {
        let parts = processes.indices.map { count / processes.count + ($0 < count % processes.count ? 1 : 0) }
        for (process, part) in zip(processes, parts) { try process.tell("\(word) \(part)") }
        for process in processes { try process.hear("done") }
    }
}
