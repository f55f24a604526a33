#include "echo_loop.h"

#include <PCSC/winscard.h>
#include <stddef.h>

long echo_loop_open(struct echo_loop *loop, const char *reader) {
    SCARDCONTEXT context;
    SCARDHANDLE card;
    DWORD protocol;
    LONG result = SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &context);
    if (result != SCARD_S_SUCCESS) return result;
    result = SCardConnect(context, reader, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1, &card, &protocol);
    if (result == SCARD_S_SUCCESS) result = SCardBeginTransaction(card);
    if (result != SCARD_S_SUCCESS) {
        SCardReleaseContext(context);
        return result;
    }
    *loop = (struct echo_loop){(unsigned long)context, (unsigned long)card, protocol};
    return result;
}

long echo_loop_run(const struct echo_loop *loop, const unsigned char *command, unsigned long length, long count) {
    static const LONG refused = 1;
    unsigned char answer[MAX_BUFFER_SIZE_EXTENDED];
    SCARD_IO_REQUEST header = {loop->protocol, sizeof header};
    for (long i = 0; i < count; i++) {
        DWORD received = sizeof answer;
        LONG result = SCardTransmit((SCARDHANDLE)loop->card, &header, command, length, NULL, answer, &received);
        if (result != SCARD_S_SUCCESS) return result;
        if (received < 2 || answer[received - 2] != 0x90 || answer[received - 1] != 0x00) return refused;
    }
    return SCARD_S_SUCCESS;
}

void echo_loop_close(struct echo_loop *loop) {
    SCardEndTransaction((SCARDHANDLE)loop->card, SCARD_LEAVE_CARD);
    SCardDisconnect((SCARDHANDLE)loop->card, SCARD_LEAVE_CARD);
    SCardReleaseContext((SCARDCONTEXT)loop->context);
}
