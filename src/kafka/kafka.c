#include "kafka/kafka.h"

#include <librdkafka/rdkafka.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

enum { FAULT_SIZE = 512, CLOSE_MILLISECONDS = 2000 };

/* One client of the library. */
typedef struct Client {
    rd_kafka_t *handle;
    bool away; /* said in the log, not yet unsaid */
} Client;

struct KafkaProducer {
    Client client;
    int waiting;
};

struct KafkaConsumer {
    Client client;
};

typedef struct Property {
    const char *name;
    const char *value; /* NULL: not set */
} Property;

static void on_log(const rd_kafka_t *handle, int level, const char *facility, const char *text)
{
    (void)handle;
    (void)level;
    log_debug("kafka", "%s: %s", facility, text);
}

static void on_error(rd_kafka_t *handle, int code, const char *reason, void *context)
{
    Client *client = context;
    (void)handle;
    if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN && !client->away) {
        client->away = true;
        log_warning("kafka", "no broker answers; events wait in the database until one does");
    } else if (code == RD_KAFKA_RESP_ERR__AUTHENTICATION || code == RD_KAFKA_RESP_ERR__SSL) {
        log_error("kafka", "%s; check KONTOR_KAFKA_SECURITY_PROTOCOL and what belongs to it",
                  reason);
    } else {
        log_debug("kafka", "%s: %s", rd_kafka_err2name((rd_kafka_resp_err_t)code), reason);
    }
}

static void say_back(Client *client)
{
    if (client->away) {
        client->away = false;
        log_info("kafka", "a broker answers again");
    }
}

static void on_delivery(rd_kafka_t *handle, const rd_kafka_message_t *message, void *context)
{
    KafkaProducer *producer = context;
    KafkaDelivery *delivery = message->_private;
    (void)handle;
    producer->waiting--;
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        *delivery = KAFKA_DELIVERED;
        say_back(&producer->client);
    } else if (message->err == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE) {
        *delivery = KAFKA_TOO_LARGE;
    } else {
        *delivery = KAFKA_FAILED;
        if (message->err != RD_KAFKA_RESP_ERR__PURGE_QUEUE &&
            message->err != RD_KAFKA_RESP_ERR__PURGE_INFLIGHT) {
            log_error("kafka", "a message is refused: %s", rd_kafka_err2str(message->err));
        }
    }
}

static bool set_all(rd_kafka_conf_t *conf, const Property *properties, Error *error)
{
    char fault[FAULT_SIZE];
    for (; properties->name != NULL; properties++) {
        if (properties->value != NULL &&
            rd_kafka_conf_set(conf, properties->name, properties->value, fault, sizeof fault) !=
                RD_KAFKA_CONF_OK) {
            return error_set(error, ERROR_INVALID, "Kafka setting %s: %s", properties->name, fault);
        }
    }
    return true;
}

/* The library's settings from the program's. */
static rd_kafka_conf_t *make_conf(const Config *config, const Property *more, void *context,
                                  Error *error)
{
    const Property common[] = {
        {"bootstrap.servers", config->kafka_brokers},
        {"client.id", "kontor"},
        {"security.protocol", config->kafka_security_protocol},
        {"sasl.mechanism", config->kafka_sasl_mechanism},
        {"sasl.username", config->kafka_sasl_username},
        {"sasl.password", config->kafka_sasl_password},
        {"ssl.ca.location", config->kafka_ca_file},
        {"reconnect.backoff.max.ms", "5000"},
        {NULL, NULL},
    };
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    if (!set_all(conf, common, error) || !set_all(conf, more, error)) {
        rd_kafka_conf_destroy(conf);
        return NULL;
    }
    rd_kafka_conf_set_opaque(conf, context);
    rd_kafka_conf_set_log_cb(conf, on_log);
    rd_kafka_conf_set_error_cb(conf, on_error);
    return conf;
}

static bool start(Client *client, rd_kafka_type_t type, rd_kafka_conf_t *conf, Error *error)
{
    char fault[FAULT_SIZE];
    if (conf == NULL) {
        return false;
    }
    client->handle = rd_kafka_new(type, conf, fault, sizeof fault);
    if (client->handle == NULL) {
        rd_kafka_conf_destroy(conf);
        return error_set(error, ERROR_INVALID, "Kafka: %s", fault);
    }
    return true;
}

KafkaProducer *kafka_producer_new(const Config *config, Error *error)
{
    static const Property OWN[] = {
        {"enable.idempotence", "true"},
        {"message.timeout.ms", "0"},
        {"message.max.bytes", "4194304"},
        {"queue.buffering.max.kbytes", "16384"},
        {"linger.ms", "5"},
        {NULL, NULL},
    };
    KafkaProducer *producer = calloc(1, sizeof *producer);
    if (producer == NULL) {
        error_set(error, ERROR_INTERNAL, "out of memory");
        return NULL;
    }
    rd_kafka_conf_t *conf = make_conf(config, OWN, producer, error);
    if (conf != NULL) {
        rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    }
    if (!start(&producer->client, RD_KAFKA_PRODUCER, conf, error)) {
        free(producer);
        return NULL;
    }
    return producer;
}

void kafka_producer_free(KafkaProducer *producer)
{
    if (producer != NULL) {
        rd_kafka_purge(producer->client.handle, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
        rd_kafka_flush(producer->client.handle, CLOSE_MILLISECONDS);
        rd_kafka_destroy(producer->client.handle);
        free(producer);
    }
}

static rd_kafka_headers_t *make_headers(const KafkaMessage *message)
{
    rd_kafka_headers_t *headers = rd_kafka_headers_new((size_t)message->header_count);
    for (int i = 0; i < message->header_count; i++) {
        rd_kafka_header_add(headers, message->headers[i].name, -1, message->headers[i].value, -1);
    }
    return headers;
}

bool kafka_produce(KafkaProducer *producer, const KafkaMessage *message, KafkaDelivery *delivery,
                   Error *error)
{
    rd_kafka_headers_t *headers = make_headers(message);
    size_t key_length = message->key != NULL ? strlen(message->key) : 0;
    *delivery = KAFKA_WAITING;
    rd_kafka_resp_err_t code = rd_kafka_producev(
        producer->client.handle, RD_KAFKA_V_TOPIC(message->topic),
        RD_KAFKA_V_KEY(message->key, key_length),
        RD_KAFKA_V_VALUE((void *)message->value, message->length), RD_KAFKA_V_HEADERS(headers),
        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_OPAQUE(delivery), RD_KAFKA_V_END);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
        producer->waiting++;
        return true;
    }
    rd_kafka_headers_destroy(headers);
    if (code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE) {
        *delivery = KAFKA_TOO_LARGE;
        return true;
    }
    return error_set(error, ERROR_UNAVAILABLE, "Kafka: %s", rd_kafka_err2str(code));
}

int kafka_producer_wait(KafkaProducer *producer, double seconds)
{
    rd_kafka_flush(producer->client.handle, (int)(seconds * 1000));
    return producer->waiting;
}

bool kafka_producer_broken(const KafkaProducer *producer)
{
    char fault[FAULT_SIZE];
    return rd_kafka_fatal_error(producer->client.handle, fault, sizeof fault) !=
           RD_KAFKA_RESP_ERR_NO_ERROR;
}

static bool subscribe(KafkaConsumer *consumer, const char *topic, Error *error)
{
    rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(topics, topic, RD_KAFKA_PARTITION_UA);
    rd_kafka_resp_err_t code = rd_kafka_subscribe(consumer->client.handle, topics);
    rd_kafka_topic_partition_list_destroy(topics);
    return code == RD_KAFKA_RESP_ERR_NO_ERROR ||
           error_set(error, ERROR_INVALID, "Kafka topic %s: %s", topic, rd_kafka_err2str(code));
}

KafkaConsumer *kafka_consumer_new(const Config *config, const char *group, const char *topic,
                                  Error *error)
{
    const Property own[] = {
        {"group.id", group},
        {"enable.auto.commit", "false"},
        {"auto.offset.reset", "earliest"},
        {"allow.auto.create.topics", "true"},
        {"topic.metadata.refresh.interval.ms", "10000"},
        {"queued.max.messages.kbytes", "4096"},
        {NULL, NULL},
    };
    KafkaConsumer *consumer = calloc(1, sizeof *consumer);
    if (consumer == NULL) {
        error_set(error, ERROR_INTERNAL, "out of memory");
        return NULL;
    }
    rd_kafka_conf_t *conf = make_conf(config, own, &consumer->client, error);
    if (!start(&consumer->client, RD_KAFKA_CONSUMER, conf, error)) {
        free(consumer);
        return NULL;
    }
    rd_kafka_poll_set_consumer(consumer->client.handle);
    if (!subscribe(consumer, topic, error)) {
        kafka_consumer_free(consumer);
        return NULL;
    }
    return consumer;
}

void kafka_consumer_free(KafkaConsumer *consumer)
{
    if (consumer != NULL) {
        rd_kafka_consumer_close(consumer->client.handle);
        rd_kafka_destroy(consumer->client.handle);
        free(consumer);
    }
}

static void copy_message(Arena *arena, const rd_kafka_message_t *from, KafkaMessage *to)
{
    rd_kafka_headers_t *headers;
    *to = (KafkaMessage){
        .topic = arena_strdup(arena, rd_kafka_topic_name(from->rkt)),
        .key = from->key != NULL ? arena_strndup(arena, from->key, from->key_len) : NULL,
        .value = from->payload != NULL ? arena_strndup(arena, from->payload, from->len) : "",
        .length = from->payload != NULL ? from->len : 0};
    if (rd_kafka_message_headers(from, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return;
    }
    const char *name;
    const void *value;
    size_t size;
    while (to->header_count < KAFKA_HEADERS_MAX &&
           rd_kafka_header_get_all(headers, (size_t)to->header_count, &name, &value, &size) ==
               RD_KAFKA_RESP_ERR_NO_ERROR) {
        to->headers[to->header_count++] = (KafkaHeader){
            arena_strdup(arena, name), value != NULL ? arena_strndup(arena, value, size) : ""};
    }
}

bool kafka_consume(KafkaConsumer *consumer, Arena *arena, double seconds, KafkaMessage *message)
{
    rd_kafka_message_t *next =
        rd_kafka_consumer_poll(consumer->client.handle, (int)(seconds * 1000));
    bool came = next != NULL && next->err == RD_KAFKA_RESP_ERR_NO_ERROR;
    if (came) {
        say_back(&consumer->client);
        copy_message(arena, next, message);
    } else if (next != NULL) {
        log_debug("kafka", "%s", rd_kafka_message_errstr(next));
    }
    if (next != NULL) {
        rd_kafka_message_destroy(next);
    }
    return came;
}

bool kafka_consumer_commit(KafkaConsumer *consumer, Error *error)
{
    rd_kafka_resp_err_t code = rd_kafka_commit(consumer->client.handle, NULL, 0);
    return code == RD_KAFKA_RESP_ERR_NO_ERROR || code == RD_KAFKA_RESP_ERR__NO_OFFSET ||
           error_set(error, ERROR_UNAVAILABLE, "Kafka: the offset can't be kept: %s",
                     rd_kafka_err2str(code));
}
