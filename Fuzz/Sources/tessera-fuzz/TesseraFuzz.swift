import CFuzzer
import Glibc

/// `tessera-fuzz TARGET [libFuzzer's options and corpus folders]`, or `tessera-fuzz seed TARGET FOLDER` where a target has seeds.
@main
enum TesseraFuzz {
    private nonisolated(unsafe) static var chosen: FuzzTarget = .apdu

    static func main() async throws {
        if CommandLine.arguments.count == 4, CommandLine.arguments[1] == "seed" {
            return try await CardSeeds.write(for: FuzzTarget(rawValue: CommandLine.arguments[2]), to: CommandLine.arguments[3])
        }
        guard CommandLine.arguments.count > 1, let target = FuzzTarget(rawValue: CommandLine.arguments[1]) else {
            let names = FuzzTarget.allCases.map(\.rawValue).joined(separator: "|")
            let usage = Array("usage: tessera-fuzz \(names) [libFuzzer's options] [corpus folders]\n".utf8)
            _ = write(2, usage, usage.count)
            exit(64)
        }
        chosen = target
        var count = CommandLine.argc - 1
        // libFuzzer sees itself as the first argument, and what follows the target.
        var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv + 1
        exit(
            LLVMFuzzerRunDriver(&count, &arguments) { data, size in
                TesseraFuzz.chosen.run(data.map { Array(UnsafeBufferPointer(start: $0, count: size)) } ?? [])
                return 0
            })
    }
}
