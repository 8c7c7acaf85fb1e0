#!/usr/bin/env python3
"""Measures on an AWS account what no engine on one machine shows: how fast one partition, eight partitions and a new
on-demand table of DynamoDB take writes, and what transactions do that meet on one item.

    pip install boto3
    AWS_REGION=eu-central-1 python3 tools/simulation/aws_scale.py           # about ten minutes
    python3 tools/simulation/aws_scale.py --endpoint http://127.0.0.1:8000   # a rehearsal: another engine refuses nothing

It creates a table of its own and deletes it at the end, also after Ctrl-C. It stops before it has written units for $2 (list
price of us-east-1). Run it from an instance in the region: over a slow line it measures the line. The identity needs
dynamodb:CreateTable, DescribeTable, DeleteTable, BatchWriteItem and TransactWriteItems on tables `external-api-scale-*`.
docs/scale.md says which of its sentences each experiment would settle.
"""

import argparse
import concurrent.futures
import os
import secrets
import threading
import time

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

DOLLARS_A_WRITE = 0.625e-6
BATCH = 25  # items of a BatchWriteItem, each of less than 1 KB: one unit


class Budget:
    """Write units of all threads."""

    def __init__(self, dollars):
        self.left, self.lock = dollars / DOLLARS_A_WRITE, threading.Lock()

    def take(self, units):
        with self.lock:
            self.left -= units
            if self.left < 0:
                raise SystemExit("the budget is spent: stopped")


def item(pk, sk, payload=b"x" * 200):
    return {"PK": {"S": pk}, "SK": {"S": sk}, "payload": {"B": payload}}


def write_batch(client, table, pks, budget):
    """Writes 25 new items, and returns how many DynamoDB took."""
    puts = [{"PutRequest": {"Item": item(secrets.choice(pks), secrets.token_hex(12))}} for _ in range(BATCH)]
    budget.take(BATCH)
    try:
        left = client.batch_write_item(RequestItems={table: puts})["UnprocessedItems"]
    except ClientError as error:
        if "Throughput" in error.response["Error"]["Code"] or "Throttling" in error.response["Error"]["Code"]:
            return 0
        raise
    return BATCH - sum(map(len, left.values()))


def at_rate(pool, rate, seconds, work):
    """Starts `work` at a rate for some seconds, and returns the results and how long it really took."""
    begun, running = time.monotonic(), []
    for number in range(int(rate * seconds)):
        due = begun + number / rate
        time.sleep(max(0.0, due - time.monotonic()))
        running.append(pool.submit(work))
    results = [one.result() for one in running]
    return results, time.monotonic() - begun


def writes(client, table, pool, budget, what, pks, rates, seconds):
    print(f"\n{what}\n\n| asked a second | sent | taken | refused |\n|--:|--:|--:|--:|", flush=True)
    for rate in rates:
        taken, took = at_rate(pool, rate / BATCH, seconds, lambda: write_batch(client, table, pks, budget))
        sent, taken = len(taken) * BATCH, sum(taken)
        print(f"| {rate} | {sent / took:.0f} | {taken / took:.0f} | {(sent - taken) / sent:.1%} |", flush=True)


def transact(client, table, shared, budget):
    """One transaction on an item of its own and on one that others share: (committed, conflict, units billed, seconds)."""
    writes = [{"Put": {"TableName": table, "Item": item(secrets.token_hex(8), "own")}},
              {"Update": {"TableName": table, "Key": {"PK": {"S": shared}, "SK": {"S": "shared"}},
                          "UpdateExpression": "ADD uses :one", "ExpressionAttributeValues": {":one": {"N": "1"}}}}]
    budget.take(4)
    begun = time.monotonic()
    try:
        answer = client.transact_write_items(TransactItems=writes, ReturnConsumedCapacity="TOTAL")
        units = sum(one["CapacityUnits"] for one in answer.get("ConsumedCapacity", []))
        return True, False, units, time.monotonic() - begun
    except client.exceptions.TransactionCanceledException as error:
        codes = [reason.get("Code") for reason in error.response.get("CancellationReasons", [])]
        return False, "TransactionConflict" in codes, 0.0, time.monotonic() - begun


def conflicts(client, table, pool, budget, rates, seconds):
    print("\nTransactions that share one item\n\n| asked a second | committed | conflicts | median ms |\n|--:|--:|--:|--:|", flush=True)
    for rate in rates:
        shared = secrets.token_hex(8)
        results, _ = at_rate(pool, rate, seconds, lambda: transact(client, table, shared, budget))
        committed, conflict = sum(one[0] for one in results), sum(one[1] for one in results)
        median = sorted(one[3] for one in results)[len(results) // 2]
        print(f"| {rate} | {committed / len(results):.1%} | {conflict / len(results):.1%} | {median * 1000:.0f} |", flush=True)
    print("What cancelled transactions were billed is the metric ConsumedWriteCapacityUnits of the table in that minute, less 4 for"
          " each that committed.")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--endpoint", help="another engine than AWS, for a rehearsal")
    parser.add_argument("--seconds", type=float, default=60, help="the length of each step")
    parser.add_argument("--dollars", type=float, default=2.0, help="stop before more is written")
    args = parser.parse_args()
    # No retries: a refusal is what is counted.
    config = Config(retries={"total_max_attempts": 1}, max_pool_connections=128)
    client = boto3.client("dynamodb", endpoint_url=args.endpoint, config=config,
                          region_name=os.environ.get("AWS_REGION", "us-east-1"))
    table, budget = f"external-api-scale-{secrets.token_hex(4)}", Budget(args.dollars)
    client.create_table(
        TableName=table, BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "PK", "KeyType": "HASH"}, {"AttributeName": "SK", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("PK", "SK")])
    try:
        client.get_waiter("table_exists").wait(TableName=table)
        with concurrent.futures.ThreadPoolExecutor(128) as pool:
            one, eight = [secrets.token_hex(8)], [secrets.token_hex(8) for _ in range(8)]
            writes(client, table, pool, budget, "One new partition key", one, (500, 1000, 2000), args.seconds)
            writes(client, table, pool, budget, "Eight new partition keys", eight, (2000, 4000, 6000), args.seconds)
            conflicts(client, table, pool, budget, (10, 50, 100), args.seconds / 2)
    finally:
        client.delete_table(TableName=table)
        print(f"\n{table} is deleted; ${args.dollars - budget.left * DOLLARS_A_WRITE:.2f} of write units were sent.")


main()
