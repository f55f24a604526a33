#if PostgreSQL
/// How long each wait may last.
///
/// One is not ours to end: looking up a server's name, and Kerberos where `gssencmode` allows it, happen inside a single call of libpq's. A
/// `hostaddr=` in the address, and `gssencmode=disable`, do without both.
public struct PostgreSQLLimits: Sendable {
    /// For one server to accept a connection, and to let us in.
    public var connect: Duration = .seconds(5)
    /// For one statement, told to the server; its answer may take two seconds longer before the connection is given up.
    public var statement: Duration = .seconds(10)
    /// For the turn to write, which another process has.
    public var lock: Duration = .seconds(8)
    /// For tables to be written or looked through, once, when a store that was in the clear has been sealed, or an earlier version made it.
    public var rewriting: Duration = .seconds(3_600)
    /// For a server to be there again: a restart, a standby that takes over.
    public var recovery: Duration = .seconds(10)
    /// How many readings run at once, each on a connection of its own.
    public var readers = 4

    /// Seconds that suit a server in the same building.
    public init() {}

    /// How long an answer is waited for.
    var answer: Duration { statement + .seconds(2) }
}

extension Duration {
    /// Whole milliseconds, at least one.
    var milliseconds: Int64 { Swift.max(1, components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000) }
}
#endif
