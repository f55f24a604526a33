/// Why a store did not do what it was asked to; nothing was changed, unless the error says otherwise.
public enum StoreError: Error, Hashable, Sendable {
    /// It cannot be opened, read or written; the text says what the system answered.
    case unavailable(String)
    /// The server of the database cannot be reached; a later request connects anew by itself.
    case unreachable(server: String, String)
    /// The server of the database lets nobody in with this role, password or database.
    case notAdmitted(server: String, String)
    /// The connection broke while the change was being made durable, and nobody could be asked since: it happened, or it did not.
    case unknownOutcome(server: String)
    /// Another process held it for too long.
    case busy
    /// The disk is full.
    case full
    /// What is there was never a store: another program's file.
    case foreign(String)
    /// The server of the database has no more of something, until others give it back.
    case exhausted(Shortage, server: String, String)
    /// Another process writes under this name.
    case nameTaken(String)
    /// What is stored cannot be what was written.
    case damaged(String)
    /// A rule of the store forbids the change: it exists already, or somebody else changed it first.
    case conflict(String)
    /// It was created with another mark.
    case otherMark(StoreMark)
    /// Others on this machine can read its file.
    case exposed(path: String)
    /// It cannot promise that what it acknowledged survives a loss of power.
    case notDurable(String)
    /// Its secrets are to be sealed, and no key was given.
    case keyNeeded
    /// A secret was sealed under a key that was not given.
    case unknownKey(StoreKeyID)
    /// What was given as keys cannot be used.
    case unusableKeys(String)
    /// The task was cancelled before anything was written.
    case cancelled

    /// What a server of a database can be short of.
    public enum Shortage: String, Hashable, Sendable {
        /// Its memory.
        case memory
        /// The connections that it, the database or the role may have.
        case connections
        /// Another limit that was set for it, such as the size of its temporary files.
        case limit
    }

    /// Whether no connection can be had, so that whoever else waits for one would wait as long for the same.
    public var isOfConnection: Bool {
        switch self {
        case .unreachable, .exhausted(.connections, _, _), .nameTaken: true
        default: false
        }
    }
}

extension StoreError: CustomStringConvertible {
    /// One sentence.
    public var description: String {
        switch self {
        case .unavailable(let reason): "the store cannot be used: \(reason)"
        case .unreachable(let server, let reason): "the database server \(server) is down or out of reach: \(reason)"
        case .notAdmitted(let server, let reason): "the database server \(server) does not let the store in: \(reason)"
        case .unknownOutcome(let server):
            "the connection to the database server \(server) broke while it stored the change, which may have happened or not"
        case .busy: "another process holds the store"
        case .full: "the disk of the store is full"
        case .foreign(let reason): "this is no store of Tessera: \(reason)"
        case .exhausted(.memory, let server, let reason): "the database server \(server) is out of memory: \(reason)"
        case .exhausted(.connections, let server, let reason): "the database server \(server) has no connection left: \(reason)"
        case .exhausted(.limit, let server, let reason): "the database server \(server) has reached a limit that was set: \(reason)"
        case .nameTaken(let name): "another process over this store goes by \"\(name)\""
        case .damaged(let reason): "the store is damaged: \(reason)"
        case .conflict(let reason): "the store refuses the change: \(reason)"
        case .otherMark(let mark): "the store was created for \(mark.rawValue), and that cannot be changed"
        case .exposed(let path): "others can read \"\(path)\""
        case .notDurable(let reason): "the store would not survive a loss of power: \(reason)"
        case .keyNeeded: "the store's secrets are sealed, and there is no key"
        case .unknownKey(let key): "a secret is sealed under the key \(key), which is not among those given"
        case .unusableKeys(let reason): "the store's keys cannot be used: \(reason)"
        case .cancelled: "cancelled before anything was stored"
        }
    }

    /// What to do next.
    public var hint: String {
        switch self {
        case .unavailable: "check the path, its owner and the disk"
        case .unreachable: "start it, or look at its log; nothing has to be restarted here, since the next request connects anew"
        case .notAdmitted: "check role and database in the address, the password in ~/.pgpass or PGPASSFILE, and the server's pg_hba.conf"
        case .unknownOutcome: "read again what is stored before you repeat anything; the same idempotency key does so by itself"
        case .busy: "try again; if it stays, look for a process that hangs"
        case .full: "free space, then try again: nothing was lost"
        case .foreign: "name another file, or one that is not there yet; if a store was there, restore the last backup"
        case .exhausted(.memory, _, _): "try again; if it stays, give the server more memory, or lower its work_mem or max_connections"
        case .exhausted(.connections, _, _):
            "end clients that are no longer needed, or raise max_connections or the role's limit; the next request connects anew"
        case .exhausted(.limit, _, _): "raise that limit in the server's configuration, then try again: nothing was lost"
        case .nameTaken: "give this one a name of its own, or end the other one"
        case .damaged: "stop, keep a copy of the files, and restore the last backup"
        case .conflict: "read again what is stored, and decide again"
        case .otherMark(.test): "open it with --test, or use another store for production"
        case .otherMark(.production): "open it without --test, or create another store for tests"
        case .exposed(let path): "make sure that nobody has read it, then: chmod 600 \"\(path)\""
        case .notDurable: "put the store on a local disk; in PostgreSQL, switch fsync on"
        case .keyNeeded: "name the file of its keys, or set the variable that holds them"
        case .unknownKey: "add that key behind the others; without it nobody can read what it sealed"
        case .unusableKeys: "give one key a line, 32 bytes in Base64, in a file that only you can read"
        case .cancelled: "start again when ready"
        }
    }
}
