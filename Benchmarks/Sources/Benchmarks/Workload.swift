/// Something that can be done again and again, and counted.
protocol Workload: AnyObject {
    /// What does it, as the table names it.
    var name: String { get }

    /// Lays ready what `count` times need, outside the measured time.
    func prepare(_ count: Int) async throws

    /// Does it `count` times.
    func run(_ count: Int) async throws

    /// What is told of it under the table; `nil` where the table says all.
    var note: String? { get }
}

extension Workload {
    var note: String? { nil }

    func prepare(_ count: Int) async throws {}
}

/// Takes a result, so that the optimiser cannot leave out how it was made.
@inline(never) func keep<T>(_ result: T) {}

/// Why a figure would be worth nothing.
struct BenchmarkError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }

    /// Refuses what a C function returned, unless it is what success looks like.
    static func check(_ succeeded: Bool, _ call: String) throws(BenchmarkError) {
        guard succeeded else { throw BenchmarkError("\(call) failed") }
    }
}
