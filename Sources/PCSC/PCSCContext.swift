import CPCSC

/// A connection to the PC/SC service (`SCARDCONTEXT`), released with the value.
///
/// Calls on one context wait for each other, so each session and each monitor has its own, on a thread of its own. A
/// context never recovers: when the service went, it stays dead although the service came back.
struct PCSCContext: ~Copyable {
    let handle: SCARDCONTEXT

    private init(handle: SCARDCONTEXT) { self.handle = handle }

    /// `SCardEstablishContext`; can block when the service hangs.
    static func establish() throws(PCSCError) -> PCSCContext {
        var handle = SCARDCONTEXT()
        try PCSCError.check("SCardEstablishContext", unsafe SCardEstablishContext(DWORD(SCARD_SCOPE_SYSTEM), nil, nil, &handle))
        return PCSCContext(handle: handle)
    }

    /// The names of all readers, in the service's order; `SCardListReaders`.
    func readers() throws(PCSCError) -> [String] {
        // Readers may arrive between two calls: start with room for all that the service can have.
        var capacity = Int(PCSCLITE_MAX_READERS_CONTEXTS) * Int(MAX_READERNAME) + 1
        while true {
            var names = [CChar](repeating: 0, count: capacity)
            var length = DWORD(capacity)
            do {
                try PCSCError.check("SCardListReaders", unsafe SCardListReaders(handle, nil, &names, &length))
            } catch  where error.code == .noReaders {
                return []
            } catch  where error.code == .insufficientBuffer && length > DWORD(capacity) {
                capacity = Int(length)
                continue
            }
            // Each name ends in a zero, the list in one more.
            return names.prefix(Int(length)).split(separator: 0).map { String(decoding: $0.map(UInt8.init(bitPattern:)), as: UTF8.self) }
        }
    }

    /// How many readers one `SCardGetStatusChange` takes; more are `SCARD_E_INVALID_PARAMETER`.
    static let statesAtOnce = Int(PCSCLITE_MAX_READERS_CONTEXTS)

    /// Brings `states` up to date, waiting up to `limit` for one of them to differ; `SCardGetStatusChange`.
    ///
    /// More than ``statesAtOnce`` are asked for in groups that share the time.
    ///
    /// - Returns: `false` when nothing differed within `limit`.
    func refresh(_ states: inout [ReaderState], within limit: Duration) throws(PCSCError) -> Bool {
        let groups = (states.count + Self.statesAtOnce - 1) / Self.statesAtOnce
        var differs = false
        for group in 0..<groups {
            let range = group * Self.statesAtOnce..<min((group + 1) * Self.statesAtOnce, states.count)
            differs = try refreshAtOnce(&states[range], within: limit / groups) || differs
        }
        return differs
    }

    private func refreshAtOnce(_ states: inout ArraySlice<ReaderState>, within limit: Duration) throws(PCSCError) -> Bool {
        let names = states.map { Array($0.name.utf8CString) }
        var raw = unsafe states.map(\.request)
        let status = unsafe Self.lend(names[...], to: &raw, from: 0) { raw in
            LibraryGate.pass { unsafe SCardGetStatusChange(handle, limit.milliseconds, &raw, DWORD(raw.count)) }
        }
        do {
            try PCSCError.check("SCardGetStatusChange", of: status)
        } catch  where error.code == .timeout {
            return false
        }
        for (place, index) in states.indices.enumerated() { unsafe states[index].update(from: raw[place]) }
        return true
    }

    /// Calls `body` while each of `names` stands still in memory and `raw` points to it.
    private static func lend(
        _ names: ArraySlice<[CChar]>, to raw: inout [SCARD_READERSTATE], from index: Int, _ body: (inout [SCARD_READERSTATE]) -> LONG
    ) -> LONG {
        guard let name = names.first else { return unsafe body(&raw) }
        return unsafe name.withUnsafeBufferPointer { pointer in
            unsafe raw[index].szReader = pointer.baseAddress
            return unsafe lend(names.dropFirst(), to: &raw, from: index + 1, body)
        }
    }

    deinit {
        let handle = handle
        _ = LibraryGate.pass { SCardReleaseContext(handle) }
    }
}

extension Duration {
    /// Whole milliseconds as PC/SC takes them, at least 0 and below its `INFINITE`.
    fileprivate var milliseconds: DWORD {
        let milliseconds = self / .milliseconds(1)
        return DWORD(max(0, min(milliseconds, 1_000_000_000)))
    }
}
