import ArgumentParser
import Foundation
import Verification

/// Where the keys of a store are: never an argument, which every user of the machine could read.
struct StoreKeyOptions: ParsableArguments {
    @Option(help: "The file of the store's keys, one a line, the present one first.", completion: .file())
    var keys: String?
    @Option(help: "The environment variable that holds them.")
    var keysVariable: String?

    func validate() throws {
        guard keys == nil || keysVariable == nil else { throw ValidationError("Name either --keys or --keys-variable.") }
    }

    /// The keys; `nil` when none are named, which only a store for tests can do without.
    func protection() throws(StoreError) -> StoreKeys? {
        if let keys { return try StoreKeys(file: keys) }
        guard let keysVariable else { return nil }
        return try StoreKeys(variable: keysVariable, in: ProcessInfo.processInfo.environment)
    }
}
