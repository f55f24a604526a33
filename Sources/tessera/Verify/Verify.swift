import ArgumentParser

/// `tessera verify`: the bank's own record, the keys around it, and its secret images.
struct Verify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check the audit log of a store, print it, sign where it ends, change keys, check rules; draw secret images.",
        discussion: """
            A store is a SQLite file of the bank's side, or a postgresql:// address. Its
            audit log has one row for each decision; signed heads, kept elsewhere, show
            what was done to it.

            Examples:
              tessera verify audit store.sqlite --key audit-public.pem
              tessera verify log store.sqlite --subscriber alice
              tessera verify anchor store.sqlite --key audit.pem --output heads.json
              tessera verify new-key store.keys
              tessera verify rotate-keys store.sqlite --keys store.keys
              tessera verify rules rules.json
              tessera verify image --name lighthouse --png image.png
            """,
        subcommands: [
            VerifyAudit.self, VerifyLog.self, VerifyAnchor.self, VerifyNewKey.self, VerifyRotateKeys.self, VerifyBeginEpoch.self,
            VerifyEvidence.self, VerifyRules.self, VerifyImages.self, VerifyImage.self,
        ])
}
