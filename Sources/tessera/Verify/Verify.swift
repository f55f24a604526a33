import ArgumentParser

/// `tessera verify`: the bank's own record, and the keys around it.
struct Verify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check the audit log of a store, sign where it ends, change the store's keys.",
        discussion: """
            A store is one SQLite file of the bank's side. Its audit log has one row for
            each decision; signed heads, kept elsewhere, show what was done to it.

            Examples:
              tessera verify audit store.sqlite --key audit-public.pem
              tessera verify anchor store.sqlite --key audit.pem --output heads.json
              tessera verify new-key store.keys
              tessera verify rotate-keys store.sqlite --keys store.keys
            """,
        subcommands: [VerifyAudit.self, VerifyAnchor.self, VerifyNewKey.self, VerifyRotateKeys.self])
}
