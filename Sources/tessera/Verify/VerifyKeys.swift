import ArgumentParser
import Crypto
import Emulation
import Foundation
import Verification

/// `tessera verify new-key`.
struct VerifyNewKey: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "new-key", abstract: "Draw a key that seals the secrets of a store.",
        discussion: """
            The new key goes before those that the file holds: the first one seals, all of
            them open. With --last it goes behind them, so that every process can learn it
            before one of them seals with it.

            Examples:
              tessera verify new-key store.keys
              tessera verify new-key --last store.keys
            """)

    @Argument(help: "The file of keys; a new one is for you alone.")
    var file: String
    @Flag(help: "Put it behind the others.")
    var last = false

    func run() async throws {
        // From reading to writing: of two at once, the second would write the file without the first one's key.
        let lock = try await InputFile.isStandardOutput(file) ? nil : StateLock.taking(file)
        defer { lock?.close() }
        let key = SymmetricKey(size: .bits256)
        var text = StoreKeys.line(of: key)
        if FileManager.default.fileExists(atPath: file) {
            _ = try StoreKeys(file: file)
            let others = String(decoding: try InputFile.read(file), as: UTF8.self)
            text = last ? others + (others.hasSuffix("\n") ? "" : "\n") + text : text + others
        }
        try InputFile.write(Array(text.utf8), to: file, isPrivate: true, keepsOwner: true)
        FileHandle(descriptor: 1).write(line: "\(StoreKeys.name(of: key))")
    }
}

/// `tessera verify rotate-keys`.
struct VerifyRotateKeys: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate-keys", abstract: "Seal all secrets of a store under the first key anew.",
        discussion: """
            Others may work with the store meanwhile, once they have the new key, too.
            Afterwards the other keys may go.

            Examples:
              tessera verify rotate-keys store.sqlite --keys store.keys
              tessera verify rotate-keys store.sqlite --keys-variable TESSERA_STORE_KEYS
            """)

    @Argument(help: "The file of the store, or its postgresql:// address.")
    var store: String
    @OptionGroup var keys: StoreKeyOptions

    func validate() throws {
        guard keys.keys != nil || keys.keysVariable != nil else { throw ValidationError("Name either --keys or --keys-variable.") }
    }

    func run() async throws {
        guard let protection = try keys.protection() else { throw StoreError.keyNeeded }
        let place = try StorePlace(store)
        let progress = ProgressLine()
        let (count, hadClear) = try await place.rotateKeys(protection) { progress.draw("\($0) secrets sealed") }
        progress.end()
        let anew = count == 0 && hadClear ? "" : "\(count) secrets are sealed anew, "
        let clear = hadClear ? "what lay in the clear until now is sealed, " : ""
        FileHandle(descriptor: 1).write(
            line: "\(clear)\(anew)under key \(protection.current); the store opens with its keys alone")
    }
}
