/* What a C program does with a card, and nothing else: the peer that PCSC is measured beside. */
#ifndef ECHO_LOOP_H
#define ECHO_LOOP_H

/* Results are those of PC/SC; 0 is success. */
struct echo_loop {
    unsigned long context;
    unsigned long card;
    unsigned long protocol;
};

/* Connects to the card in `reader`, shared, and begins a transaction. */
long echo_loop_open(struct echo_loop *loop, const char *reader);

/* Sends `command` `count` times and reads the answers; each has to end in 90 00. */
long echo_loop_run(const struct echo_loop *loop, const unsigned char *command, unsigned long length, long count);

/* Ends the transaction, leaves the card as it is, and lets everything go. */
void echo_loop_close(struct echo_loop *loop);

#endif
