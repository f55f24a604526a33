import CFuzzer
import Glibc

/// `tessera-fuzz TARGET [libFuzzer's options and corpus folders]`
@main
enum TesseraFuzz {
    private nonisolated(unsafe) static var chosen: FuzzTarget = .apdu

    static func main() {
        guard CommandLine.arguments.count > 1, let target = FuzzTarget(rawValue: CommandLine.arguments[1]) else {
            let names = FuzzTarget.allCases.map(\.rawValue).joined(separator: "|")
            fputs("usage: tessera-fuzz \(names) [libFuzzer's options] [corpus folders]\n", stderr)
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
