// Nothing but the precompiled header: other targets reuse it.
