import Glibc

/// How many files, sockets among them, this process may have open (getrlimit(2), `RLIMIT_NOFILE`).
public enum OpenFiles {
    /// Raises the limit to what is needed, as far as the system lets this process.
    ///
    /// - Returns: the limit that holds now.
    @discardableResult public static func allow(_ needed: Int) -> Int {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 0 }
        let wanted = min(rlim_t(max(0, needed)), limit.rlim_max)
        if limit.rlim_cur < wanted {
            var raised = limit
            raised.rlim_cur = wanted
            if unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &raised) == 0 { limit = raised }
        }
        return Int(clamping: limit.rlim_cur)
    }
}
