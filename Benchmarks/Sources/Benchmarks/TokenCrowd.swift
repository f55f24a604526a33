import DeviceProtocol
import Emulation
import Foundation

/// Many emulated Tokens in one process: what each takes, and how long they take to make.
enum TokenCrowd {
    /// Makes `count` Tokens, asks a thousand of them for a code, and tells the figures in a line.
    static func report(_ count: Int) throws -> String {
        let now = Date(timeIntervalSince1970: 1_800_000_000)
        var random = SystemRandomNumberGenerator()
        var tokens: [EmulatedToken] = []
        tokens.reserveCapacity(count)
        let before = try residentBytes()
        let start = ContinuousClock().now
        for number in 0..<count {
            tokens.append(try EmulatedToken.manufacture(serial: DeviceID("T-\(number)"), now: { now }, using: &random).device)
        }
        let seconds = (ContinuousClock().now - start) / .seconds(1)
        let after = try residentBytes()
        for number in stride(from: 0, to: count, by: max(1, count / 1000)) {
            guard case .code = tokens[number].display(at: now) else { throw BenchmarkError("Token \(number) shows no code") }
        }
        let each = (after - before) / max(1, count)
        return "\(count) emulated Tokens: \(each) bytes each, \(after >> 20) MiB in all, made in \(String(format: "%.2f", seconds)) s"
    }

    /// What the process has in memory (proc_pid_statm(5)).
    private static func residentBytes() throws -> Int {
        let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
        guard fields.count > 1, let pages = Int(fields[1]) else { throw BenchmarkError("/proc/self/statm cannot be read") }
        return pages * Int(getpagesize())
    }
}
